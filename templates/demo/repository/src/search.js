/** Text as it is compared: without accents, in lower case, with single spaces. */
function normalizeText(text) {
  const plain = text.normalize('NFD').replace(/\p{M}/gu, '');
  return plain.toLowerCase().trim().replace(/\s+/g, ' ');
}

/** Finds the books whose title and author contain every word of the query. */
export function searchBooks(books, query) {
  const words = normalizeText(query).split(' ');
  return books.filter((book) => {
    const text = normalizeText(`${book.title} ${book.author}`);
    return words.every((word) => text.includes(word));
  });
}
