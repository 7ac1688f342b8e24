import { z } from 'zod';
import { createFault, quoteForeignText } from '../../model-error.js';
import type { PullProgress } from '../../port.js';
import { pause } from '../../retry.js';
import type { Line } from '../preset.js';

const job = z.object({
  job_id: z.string().nullish(),
  status: z.string(),
  total_size_bytes: z.number().nullish(),
  downloaded_bytes: z.number().nullish(),
});

/** How often LM Studio is asked how far it is, in ms. */
const POLL_MS = 500;

/** Downloads a model of LM Studio's catalogue. The download is the server's: it goes on when nobody asks any more. */
export async function* pullToLmStudio(
  line: Line,
  name: string,
): AsyncGenerator<PullProgress, void, undefined> {
  const body = { model: name };
  let state = await line.ask(job, { path: '/api/v1/models/download', body, model: name });
  const path = `/api/v1/models/download/status/${encodeURIComponent(state.job_id ?? '')}`;
  for (;;) {
    const { status } = state;
    yield {
      status,
      completedBytes: state.downloaded_bytes ?? undefined,
      totalBytes: state.total_size_bytes ?? undefined,
    };
    if (status === 'completed' || status === 'already_downloaded') return;
    if (status !== 'downloading') {
      throw createFault(line.place(name), 'server-error', `the download is ${quoteForeignText(status)}`);
    }
    await pause(POLL_MS, line.signal);
    state = await line.ask(job, { path, model: name });
  }
}
