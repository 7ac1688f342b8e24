import { findCacheFolder } from '../config/user-folder.js';
import { answersFolder, openResponseCache, type ResponseCache } from '../models/cache/response-cache.js';

/** The answers of earlier runs, of all repositories of the user; undefined with `--no-cache`. */
export function openAnswers({ cache }: { cache?: boolean } = {}): ResponseCache | undefined {
  return cache === false ? undefined : openResponseCache(answersFolder(findCacheFolder()));
}
