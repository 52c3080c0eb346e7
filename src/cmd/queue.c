/* queue.c - see queue.h. */
#include "cmd/queue.h"

#include "base/mem.h"
#include <stdlib.h>
#include <wilco/limits.h>

bool queue_add(struct queue *q, struct opened *device, struct slice text, bool now)
{
	if (q->count == LIMIT_COMMANDS)
		return false;
	struct queued_line *line = mem_new(sizeof *line);
	line->text = mem_strn(text.at, text.len);
	line->device = device;
	line->now = now;
	*(q->last ? &q->last->next : &q->first) = line;
	q->last = line;
	q->count++;
	return true;
}

static struct queued_line *unlink_line(struct queue *q, struct queued_line **link)
{
	struct queued_line *line = *link;
	*link = line->next;
	if (line == q->last) {
		q->last = q->first;
		while (q->last && q->last->next)
			q->last = q->last->next;
	}
	line->next = NULL;
	q->count--;
	return line;
}

static bool is_first(const struct queue *q, const struct queued_line *line)
{
	const struct queued_line *first = q->first;
	while (first->device != line->device)
		first = first->next;
	return first == line;
}

struct queued_line *queue_take(struct queue *q,
	bool (*may)(const void *arg, const struct opened *device, bool now), const void *arg)
{
	for (struct queued_line **link = &q->first; *link; link = &(*link)->next)
		if (may(arg, (*link)->device, (*link)->now && is_first(q, *link)))
			return unlink_line(q, link);
	return NULL;
}

void queued_free(struct queued_line *line)
{
	free(line->text);
	free(line);
}

size_t queue_count(const struct queue *q, const struct opened *device)
{
	size_t count = 0;
	for (const struct queued_line *line = q->first; line; line = line->next)
		count += !device || line->device == device;
	return count;
}

size_t queue_drop(struct queue *q, const struct opened *device)
{
	size_t dropped = 0;
	for (struct queued_line **link = &q->first; *link;)
		if (!device || (*link)->device == device) {
			queued_free(unlink_line(q, link));
			dropped++;
		} else {
			link = &(*link)->next;
		}
	return dropped;
}
