import { isFinished, percentRead } from './progress.js';

/** One line for one book. */
export function formatBook(book) {
  const progress = isFinished(book) ? 'finished' : `${percentRead(book)} %`;
  return `${book.title} (${book.author}): ${progress}`;
}

/** One line per book, or a sentence when there is none. */
export function formatBooks(books) {
  if (books.length === 0) {
    return 'No books.';
  }
  return books.map(formatBook).join('\n');
}
