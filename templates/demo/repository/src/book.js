/**
 * A book on the shelf.
 * @typedef {{ title: string, author: string, pages: number, pagesRead: number }} Book
 */

/**
 * Makes a book that nobody has opened yet.
 * Throws if the title is empty or `pages` is not a positive whole number.
 * @returns {Book}
 */
export function createBook(title, author, pages) {
  if (title.trim() === '') {
    throw new Error('A book needs a title.');
  }
  if (!Number.isInteger(pages) || pages < 1) {
    throw new Error(`"${title}" needs a page count of 1 or more.`);
  }
  return { title: title.trim(), author: author.trim(), pages, pagesRead: 0 };
}
