const HEAD = [
  'asked for',
  'tasks',
  'applied',
  'nothing else changed',
  'right',
  'tokens written',
  'for each right change',
  'prompt tokens',
  'seconds',
];

/** A table of all tasks, and one each of those whose words name what must change and of the others. */
export function printTables(results, { each }) {
  printTable('All tasks', results);
  printTable(
    'The words of the task name what must change',
    results.filter(({ named }) => named),
  );
  printTable(
    'They do not',
    results.filter(({ named }) => !named),
  );
  if (!each) return;
  for (const { task, arm, applied, right, why, exchanges } of results) {
    const mark = right ? 'right' : applied ? 'applied' : 'refused';
    console.log(`${task} ${arm}: ${mark} (${why}) ${sum(exchanges, 'answerTokens')}`);
  }
}

function printTable(title, results) {
  console.log(`${title}\n\n| ${HEAD.join(' | ')} |\n|${' --- |'.repeat(HEAD.length)}`);
  for (const arm of new Set(results.map((result) => result.arm))) {
    const row = renderRow(
      arm,
      results.filter((result) => result.arm === arm),
    );
    console.log(`| ${row.join(' | ')} |`);
  }
  console.log();
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
    count('right') === 0 ? '-' : Math.round(written / count('right')),
    sum(exchanges, 'promptTokens'),
    Math.round(seconds),
  ];
}

function sum(items, key) {
  return items.reduce((total, item) => total + (item[key] ?? 0), 0);
}
