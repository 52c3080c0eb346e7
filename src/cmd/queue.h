/* queue.h - lines that were typed while their device was busy. */
#ifndef WILCO_CMD_QUEUE_H
#define WILCO_CMD_QUEUE_H

#include <wilco/bytes.h>

struct opened;

struct queued_line {
	struct queued_line *next;
	char *text;
	struct opened *device; /* for which it was typed; NULL: none was open */
	bool by_when;          /* a `.when` added it */
	bool now;              /* it goes while a command waits, if no line waits before it */
};

/* A queue begins as zeroes; queue_drop(q, NULL) frees its lines. */
struct queue {
	struct queued_line *first, *last;
	size_t count; /* at most LIMIT_COMMANDS */
};

/* Adds a line; false: the queue is full. */
bool queue_add(struct queue *q, struct opened *device, struct slice text, bool now);
/* Takes the first line whose device may have it, to be freed with queued_free(); NULL: none. */
struct queued_line *queue_take(struct queue *q,
	bool (*may)(const void *arg, const struct opened *device, bool now), const void *arg);
void queued_free(struct queued_line *line);
/* Counts the lines of one device (NULL: of all). */
size_t queue_count(const struct queue *q, const struct opened *device);
/* Drops the lines of one device (NULL: of all) and returns how many there were. */
size_t queue_drop(struct queue *q, const struct opened *device);

#endif
