/** Returns the book with `count` more pages read, but never more than it has. */
export function readPages(book, count) {
  if (!Number.isInteger(count) || count < 1) {
    throw new Error('Give the number of pages that you read, 1 or more.');
  }
  return { ...book, pagesRead: Math.min(book.pages, book.pagesRead + count) };
}

/** True when the last page is read. */
export function isFinished(book) {
  return book.pagesRead >= book.pages;
}

/** How much of the book is read, 0 to 100. It is 100 only for a finished book. */
export function percentRead(book) {
  return Math.floor((book.pagesRead / book.pages) * 100);
}
