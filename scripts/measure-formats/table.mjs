/** One row for each arm; with `each` also one line for each reply. */
export function printTable(results, { each }) {
  const arms = [...new Set(results.map(({ arm }) => arm))];
  const rows = arms.map((arm) =>
    renderRow(
      arm,
      results.filter((result) => result.arm === arm),
    ),
  );
  const head = [
    'asked for',
    'tasks',
    'applied',
    'only there',
    'right',
    'tokens written',
    'prompt tokens',
    'tokens per right change',
    'seconds',
  ];
  console.log(`| ${head.join(' | ')} |\n|${' --- |'.repeat(head.length)}`);
  for (const row of rows) console.log(`| ${row.join(' | ')} |`);
  if (!each) return;
  console.log();
  for (const { task, arm, applied, right, why, exchanges } of results) {
    const mark = right ? 'right' : applied ? 'applied' : 'refused';
    console.log(`${task} ${arm}: ${mark} (${why}) ${sum(exchanges, 'answerTokens')}`);
  }
}

function renderRow(arm, results) {
  const exchanges = results.flatMap((result) => result.exchanges);
  const count = (key) => results.filter((result) => result[key]).length;
  const written = sum(exchanges, 'answerTokens');
  const seconds = (sum(exchanges, 'promptMs') + sum(exchanges, 'answerMs')) / 1000;
  return [
    arm,
    results.length,
    count('applied'),
    count('place'),
    count('right'),
    written,
    sum(exchanges, 'promptTokens'),
    count('right') === 0 ? '' : Math.round(written / count('right')),
    Math.round(seconds),
  ];
}

function sum(items, key) {
  return items.reduce((total, item) => total + (item[key] ?? 0), 0);
}
