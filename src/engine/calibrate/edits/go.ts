import type { CalibrationEdit } from './edit.js';

const LEVELS = `package logs

import "strings"

// Level says how much a message matters.
type Level int

const (
	Debug Level = iota
	Info
	Warning
	Error
)

// Name gives the level as it stands in a log.
func (l Level) Name() string {
	switch l {
	case Debug:
		return "debug"
	case Info:
		return "info"
	case Error:
		return "error"
	}
	return "unknown"
}

// Matches tells whether a line of a log has this level.
func (l Level) Matches(line string) bool {
	return strings.HasPrefix(line, l.Name()+":")
}
`;

const QUEUE = `package queue

// Queue holds texts in the order in which they came.
type Queue struct {
	items []string
}

// Add puts a text at the end.
func (q *Queue) Add(item string) {
	q.items = append(q.items, item)
}

// Next takes the first text out; false when there is none.
func (q *Queue) Next() (string, bool) {
	first := q.items[0]
	q.items = q.items[1:]
	return first, true
}

// Length counts the texts that wait.
func (q *Queue) Length() int {
	return len(q.items)
}
`;

export const GO_EDITS: readonly CalibrationEdit[] = [
  {
    id: 'add-case',
    path: 'logs/level.go',
    title: 'Give Warning its name',
    description:
      'The method `Name` of `Level` lacks a case for `Warning`. Add it between `Info` and `Error`; it returns "warning".',
    text: LEVELS,
    places: [
      {
        old: '\tcase Error:\n',
        right: ['case Warning:\nreturn "warning"\ncase Error:'],
      },
    ],
  },
  {
    id: 'guard-return',
    path: 'queue/queue.go',
    title: 'Next must not panic on an empty queue',
    description:
      'The method `Next` of `Queue` panics when there is no item. Begin it with an `if` that returns `"", false` when `q.items` is empty.',
    text: QUEUE,
    places: [
      {
        old: '\tfirst := q.items[0]\n',
        right: [/^if len\(q\.items\)(==0|<1|<=0)\{return "",false\}first:=q\.items\[0\]$/],
      },
    ],
  },
];
