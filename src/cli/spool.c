/* spool.c - see spool.h. */
#include "cli/spool.h"

#include "base/mem.h"
#include <stdio.h>
#include <stdlib.h>
#include <wilco/limits.h>

struct spool {
	FILE *file;
	size_t len; /* of all parts */
	bool lost;  /* something could not be kept */
};

/* What stands in front of each part in the file. */
struct spool_part {
	size_t len;
	enum spool_kind kind;
};

static struct spool *spool_now;

struct spool *spool_new(void)
{
	struct spool *s = mem_new(sizeof *s);
	s->file = tmpfile();
	s->lost = !s->file;
	return s;
}

void spool_free(struct spool *s)
{
	if (!s)
		return;
	if (s->file)
		fclose(s->file);
	free(s);
}

void spool_use(struct spool *s)
{
	spool_now = s;
}

struct spool *spool_in_use(void)
{
	return spool_now;
}

static bool spool_put(struct spool *s, enum spool_kind kind, struct slice part)
{
	struct spool_part head;
	if (s->lost || part.len > LIMIT_KEPT - s->len)
		return false;
	memset(&head, 0, sizeof head);
	head.len = part.len;
	head.kind = kind;
	s->len += part.len;
	return fwrite(&head, sizeof head, 1, s->file) == 1 &&
	       fwrite(part.at, 1, part.len, s->file) == part.len;
}

bool spool_takes(enum spool_kind kind, struct slice part)
{
	if (spool_now && part.len)
		spool_now->lost |= !spool_put(spool_now, kind, part);
	return spool_now != NULL;
}

bool spool_give(struct spool *s, void (*give)(enum spool_kind kind, struct slice part))
{
	struct spool_part head;
	char piece[4096];
	if (s->file)
		rewind(s->file);
	while (s->file && fread(&head, sizeof head, 1, s->file) == 1)
		for (size_t n; head.len; head.len -= n) {
			n = head.len < sizeof piece ? head.len : sizeof piece;
			if (fread(piece, 1, n, s->file) != n)
				return false;
			give(head.kind, slice_of(piece, n));
		}
	return !s->lost;
}
