/** Text as it is compared: without accents, in lower case, with single spaces. */
function normalizeText(text) {
  const plain = text.normalize('NFD').replace(/\p{M}/gu, '');
  return plain.toLowerCase().trim().replace(/\s+/g, ' ');
}

/** Finds the book with this title; accents, case and extra spaces do not matter. */
export function findBook(books, title) {
  const wanted = normalizeText(title);
  return books.find((book) => normalizeText(book.title) === wanted);
}

/** Returns the books with one more. Throws if a book of this title is there already. */
export function addBook(books, book) {
  if (findBook(books, book.title)) {
    throw new Error(`"${book.title}" is on the shelf already.`);
  }
  return [...books, book];
}

/** Returns the books with the one of this title replaced by `change(book)`. Throws if there is none. */
export function updateBook(books, title, change) {
  const found = findBook(books, title);
  if (!found) {
    throw new Error(`"${title}" is not on the shelf.`);
  }
  return books.map((book) => (book === found ? change(book) : book));
}

/** Returns the books without the one of this title. Throws if there is none. */
export function removeBook(books, title) {
  const found = findBook(books, title);
  if (!found) {
    throw new Error(`"${title}" is not on the shelf.`);
  }
  return books.filter((book) => book !== found);
}
