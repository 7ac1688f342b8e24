import type { CalibrationEdit } from './edit.js';

const DURATIONS = `"""Durations as people write them."""

SECONDS = {
    "s": 1,
    "min": 60,
    "h": 3600,
}


def parse_duration(text):
    """Seconds of a text like "5 min"."""
    number, unit = text.split()
    return float(number) * SECONDS[unit]


def format_duration(seconds):
    """A text like "5 min"; whole numbers only."""
    for unit in ("h", "min"):
        size = SECONDS[unit]
        if seconds >= size and seconds % size == 0:
            return f"{seconds // size} {unit}"
    return f"{seconds} s"
`;

const ACCOUNT = `class Account:
    """Money of one person, in cents."""

    def __init__(self, owner, balance=0):
        self.owner = owner
        self.balance = balance

    def deposit(self, amount):
        if amount <= 0:
            raise ValueError("nothing to deposit")
        self.balance += amount

    def withdraw(self, amount):
        if amount >= self.balance:
            raise ValueError("not enough money")
        self.balance -= amount

    def transfer(self, other, amount):
        self.withdraw(amount)
        other.deposit(amount)


def total(accounts):
    """The money of all accounts together."""
    return sum(account.balance for account in accounts)
`;

export const PYTHON_EDITS: readonly CalibrationEdit[] = [
  {
    id: 'add-entry',
    path: 'tools/durations.py',
    title: 'Know days',
    description: 'Add the unit `"d"` with 86400 seconds to the dictionary `SECONDS`, after `"h"`.',
    text: DURATIONS,
    places: [{ old: '    "h": 3600,\n}\n', right: ['    "h": 3600,\n    "d": 86400,\n}\n'] }],
  },
  {
    id: 'fix-comparison',
    path: 'tools/account.py',
    title: 'Let people withdraw all they have',
    description:
      'The method `withdraw` of `Account` refuses to pay out the whole balance. It must refuse only an amount that is greater than the balance.',
    text: ACCOUNT,
    places: [
      {
        old: 'if amount >= self.balance:',
        right: ['if amount > self.balance:', 'if self.balance < amount:'],
      },
    ],
  },
  {
    id: 'change-text',
    path: 'tools/account.py',
    title: 'A clearer message for deposit',
    description:
      'In the method `deposit` of `Account`, change the message of the error from "nothing to deposit" to "amount must be positive".',
    text: ACCOUNT,
    places: [{ old: '"nothing to deposit"', right: ['"amount must be positive"'] }],
  },
];
