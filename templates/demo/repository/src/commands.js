import { createBook } from './book.js';
import { formatBooks } from './format.js';
import { readPages } from './progress.js';
import { searchBooks } from './search.js';
import { addBook, removeBook, updateBook } from './shelf.js';
import { longestStreak } from './streak.js';

const USAGE = 'Commands: add TITLE AUTHOR PAGES, read TITLE PAGES, remove TITLE, list, find WORDS, streak';

/**
 * Does one command and returns the shelf after it and what to print.
 * @param {{ books: object[], days: string[] }} shelf
 * @param {string[]} args the command and its arguments
 * @param {string} today a date like '2024-05-17'
 */
export function runCommand(shelf, args, today) {
  const [command, title = '', ...rest] = args;
  switch (command) {
    case 'add': {
      const book = createBook(title, rest[0] ?? '', Number(rest[1]));
      return { shelf: { ...shelf, books: addBook(shelf.books, book) }, output: `Added "${book.title}".` };
    }
    case 'read': {
      const books = updateBook(shelf.books, title, (book) => readPages(book, Number(rest[0])));
      return { shelf: { books, days: [...shelf.days, today] }, output: 'Well done.' };
    }
    case 'remove':
      return { shelf: { ...shelf, books: removeBook(shelf.books, title) }, output: `Removed "${title}".` };
    case 'list':
      return { shelf, output: formatBooks(shelf.books) };
    case 'find':
      return { shelf, output: formatBooks(searchBooks(shelf.books, [title, ...rest].join(' '))) };
    case 'streak':
      return { shelf, output: `Longest streak in days: ${longestStreak(shelf.days)}` };
    default:
      throw new Error(USAGE);
  }
}
