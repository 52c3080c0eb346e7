/* queue.h - lines that were typed while the device that they are for was busy. */
#ifndef WILCO_CMD_QUEUE_H
#define WILCO_CMD_QUEUE_H

#include <wilco/bytes.h>

struct opened;

struct queued_line {
	struct queued_line *next;
	char *text;
	struct opened *device; /* that it is meant for; NULL: none was open */
};

/* Begins as zeroes; queue_drop(q, NULL) frees it. */
struct queue {
	struct queued_line *first, *last;
	size_t count; /* at most LIMIT_COMMANDS */
};

bool queue_add(struct queue *q, struct opened *device, struct slice text); /* false: it is full */
/* The first line whose device may have it, to be freed with queued_free(); NULL: none. */
struct queued_line *queue_take(struct queue *q,
	bool (*may)(const void *arg, const struct opened *device), const void *arg);
void queued_free(struct queued_line *line);
/* Of one device; NULL: all. */
size_t queue_count(const struct queue *q, const struct opened *device);
/* How many there were. */
size_t queue_drop(struct queue *q, const struct opened *device);

#endif
