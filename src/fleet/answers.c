/* answers.c - see answers.h. */
#include "fleet/answers.h"

#include "base/hash.h"
#include "base/mem.h"
#include "base/text.h"
#include "fleet/compared.h"
#include "fleet/words.h"
#include <stdlib.h>

enum {
	NODES_MAX = 8 * ANSWERS_GROUPS_MAX,
	NODE_SLOTS = 4 * NODES_MAX, /* no power of two, but fixed */
	SAMPLE_FRAMES = 16,         /* frames of an answer that are kept, */
	SAMPLE_BYTES = 2048,        /* and bytes of each */
	DIFFERENCES_SHOWN = 6,
};

#define NODE_UNKNOWN UINT32_MAX /* there was no room for it */

/* The answer to one command, behind others. */
struct node {
	uint64_t hash;   /* of the answer, and of those before it */
	uint32_t parent; /* the root is 0 */
	size_t group;    /* its index, for answers_group_of() */
	size_t count;    /* of the targets whose last answer this is */
	enum exchange_status status, worst;
	struct frame *frame;                  /* a reference */
	size_t frames;                        /* that came */
	struct slice payloads[SAMPLE_FRAMES]; /* owned */
	struct field_value *fields;           /* of the last frame; owned; NULL: none */
	char *error;                          /* where it failed: what is common to all */
};

struct answers {
	struct answers_config config;
	struct node *nodes;
	size_t count, room;
	uint32_t *slots; /* a hash table of nodes */
	uint32_t *at;    /* of each target the node of its last answer */
	size_t unknown;
	size_t good, biggest; /* targets that answered well; those of the biggest such group */
	struct answers_group *groups;
	size_t group_count;
	const struct frame *frame; /* that `ties` is about */
	uint64_t ties;
	struct compared compared;
};

/* ---- what is compared ---- */

static bool ties(struct answers *a, const struct frame *frame, size_t field)
{
	if (a->frame != frame) {
		a->frame = frame;
		a->ties = 0;
		for (size_t i = 0; i < frame_field_count(frame); i++)
			a->ties |= (uint64_t)frame_field_ties(frame, i) << i;
	}
	return a->ties >> field & 1;
}

static uint64_t hash_fields(struct answers *a, uint64_t hash, const struct exchange *x,
	const struct field_value *fields)
{
	for (size_t i = 0; fields && i < frame_field_count(x->frame); i++) {
		const struct field_value *v = &fields[i];
		if (!v->set || ties(a, x->frame, i))
			continue;
		hash = hash_number(hash, i);
		hash = field_is_text(v) ? hash_bytes(hash, slice_of(v->text, v->len))
					: hash_number(hash, v->number);
	}
	return hash;
}

static uint64_t hash_answer(struct answers *a, uint64_t hash, const struct exchange *x)
{
	hash = hash_number(hash, x->status);
	if (x->status != EXCHANGE_OK)
		return hash;
	for (const struct reply *r = x->replies; r; r = r->next) {
		if (!compared_counts(r))
			continue;
		struct slice payload = compared_part(&a->compared, r->payload);
		hash = hash_bytes(hash_number(hash, payload.len), payload);
		hash = hash_fields(a, hash, x, r->fields);
	}
	return hash;
}

/* ---- the tree ---- */

static struct slice copy_bytes(struct slice from)
{
	struct slice cut = slice_cut(from, 0, SAMPLE_BYTES);
	uint8_t *to = mem_grow(NULL, cut.len + 1, 1);
	slice_copy(to, cut);
	return slice_of(to, cut.len);
}

static void keep_sample(struct answers *a, struct node *n, const struct exchange *x)
{
	n->error = x->error ? mem_str(x->error) : NULL;
	if (x->status != EXCHANGE_OK)
		return;
	for (const struct reply *r = x->replies; r; r = r->next) {
		if (!compared_counts(r))
			continue;
		if (n->frames++ < SAMPLE_FRAMES)
			n->payloads[n->frames - 1] =
				copy_bytes(compared_part(&a->compared, r->payload));
		if (!r->fields)
			continue;
		size_t size = frame_field_count(x->frame) * sizeof *n->fields;
		free(n->fields);
		n->fields = mem_new(size);
		memcpy(n->fields, r->fields, size);
	}
}

/* Takes out of the reason for a failure what only some of the devices have, such as an address. */
static void keep_common(struct node *n, const struct exchange *x)
{
	struct bytes common;
	if (x->status == EXCHANGE_OK || !x->error || !n->error || strcmp(x->error, n->error) == 0)
		return;
	bytes_init(&common, LIMIT_MESSAGE);
	words_common(slice_str(n->error), slice_str(x->error), &common);
	free(n->error);
	n->error = mem_str(bytes_str(&common));
	bytes_free(&common);
}

static void free_sample(struct node *n)
{
	for (size_t i = 0; i < SAMPLE_FRAMES; i++)
		free((void *)n->payloads[i].at);
	free(n->fields);
	free(n->error);
	frame_unref(n->frame);
}

/* What was skipped behind a failure says less than the failure. */
static enum exchange_status worse(enum exchange_status a, enum exchange_status b)
{
	if (b == EXCHANGE_OK || (b == EXCHANGE_SKIPPED && a != EXCHANGE_OK))
		return a;
	return exchange_exit(a) >= exchange_exit(b) && a != EXCHANGE_OK ? a : b;
}

static uint32_t *node_slot(const struct answers *a, uint64_t hash)
{
	size_t at = hash % NODE_SLOTS;
	while (a->slots[at] && a->nodes[a->slots[at]].hash != hash)
		at = (at + 1) % NODE_SLOTS;
	return &a->slots[at];
}

static uint32_t new_node(
	struct answers *a, uint64_t hash, uint32_t parent, const struct exchange *x)
{
	if (a->count == NODES_MAX)
		return NODE_UNKNOWN;
	a->nodes = mem_more(a->nodes, a->count, &a->room, sizeof *a->nodes);
	a->nodes[a->count] = (struct node){.hash = hash,
		.parent = parent,
		.status = x->status,
		.worst = worse(a->nodes[parent].worst, x->status),
		.frame = frame_ref(x->frame)};
	keep_sample(a, &a->nodes[a->count], x);
	return (uint32_t)a->count++;
}

void answers_add(struct answers *a, size_t target, const struct exchange *x)
{
	uint32_t parent = a->at[target];
	if (parent == NODE_UNKNOWN)
		return;
	uint64_t hash = hash_answer(a, hash_number(HASH_BEGIN, a->nodes[parent].hash), x);
	uint32_t *slot = node_slot(a, hash), node = *slot;
	if (!node)
		node = new_node(a, hash, parent, x);
	else
		keep_common(&a->nodes[node], x);
	if (node != NODE_UNKNOWN)
		*slot = node;
	a->at[target] = node;
}

void answers_end(struct answers *a, size_t target)
{
	uint32_t at = a->at[target];
	if (at == NODE_UNKNOWN) {
		a->unknown++;
		return;
	}
	struct node *n = &a->nodes[at];
	a->group_count += !n->count;
	n->count++;
	if (n->worst != EXCHANGE_OK)
		return;
	a->good++;
	if (n->count > a->biggest)
		a->biggest = n->count;
}

/* ---- groups ---- */

size_t answers_group_count(const struct answers *a)
{
	return a->group_count + a->unknown;
}

size_t answers_odd(const struct answers *a)
{
	return a->good - a->biggest;
}

static int by_count(const void *one, const void *other)
{
	const struct answers_group *a = one, *b = other;
	if ((a->status == EXCHANGE_OK) != (b->status == EXCHANGE_OK))
		return a->status == EXCHANGE_OK ? -1 : 1;
	if (a->count != b->count)
		return a->count > b->count ? -1 : 1;
	return (a->node > b->node) - (a->node < b->node);
}

const struct answers_group *answers_groups(struct answers *a, size_t *count, size_t *unknown)
{
	free(a->groups);
	a->groups = mem_new((a->group_count + 1) * sizeof *a->groups);
	*count = 0;
	for (size_t i = 0; i < a->count; i++)
		if (a->nodes[i].count)
			a->groups[(*count)++] = (struct answers_group){
				(uint32_t)i, a->nodes[i].count, a->nodes[i].worst};
	qsort(a->groups, *count, sizeof *a->groups, by_count);
	*unknown = a->unknown;
	for (; *count > ANSWERS_GROUPS_MAX; --*count)
		*unknown += a->groups[*count - 1].count;
	for (size_t i = 0; i < a->count; i++)
		a->nodes[i].group = SIZE_MAX;
	for (size_t i = 0; i < *count; i++)
		a->nodes[a->groups[i].node].group = i;
	return a->groups;
}

size_t answers_group_of(const struct answers *a, size_t target)
{
	uint32_t at = a->at[target];
	return at == NODE_UNKNOWN ? SIZE_MAX : a->nodes[at].group;
}

/* Lists the nodes from the first command to this one; returns their number. */
static size_t path_to(const struct answers *a, uint32_t node, const struct node **path)
{
	size_t count = 0;
	for (uint32_t at = node; at && count < a->config.commands; at = a->nodes[at].parent)
		path[count++] = &a->nodes[at];
	for (size_t i = 0; i < count / 2; i++) {
		const struct node *swap = path[i];
		path[i] = path[count - 1 - i];
		path[count - 1 - i] = swap;
	}
	return count;
}

static void add_payloads(const struct node *n, unsigned flags, struct bytes *out)
{
	for (size_t i = 0; i < n->frames && i < SAMPLE_FRAMES; i++) {
		if (i)
			bytes_add_str(out, " / ");
		text_add(out, n->payloads[i], flags | frame_spelling(n->frame));
	}
	if (n->frames > SAMPLE_FRAMES)
		bytes_addf(out, " and %zu frames more", n->frames - SAMPLE_FRAMES);
}

static void add_answer(const struct node *n, unsigned flags, struct bytes *out)
{
	if (n->status == EXCHANGE_OK) {
		add_payloads(n, flags, out);
		return;
	}
	bytes_add_str(out, exchange_status_name(n->status));
	if (n->error) {
		bytes_add_str(out, " (");
		text_add(out, slice_str(n->error), TEXT_PLAIN | flags);
		bytes_add_byte(out, ')');
	}
}

void answers_text(
	const struct answers *a, const struct answers_group *g, unsigned flags, struct bytes *out)
{
	const struct node **path = mem_new((a->config.commands + 1) * sizeof(struct node *));
	size_t count = path_to(a, g->node, path);
	for (size_t i = 0; i < count; i++) {
		bool again = i && path[i]->status == path[i - 1]->status;
		bool behind = i && path[i - 1]->status != EXCHANGE_OK &&
			      (again || path[i]->status == EXCHANGE_SKIPPED);
		if (behind) /* the failure before says it */
			continue;
		if (i)
			bytes_add_str(out, " | ");
		add_answer(path[i], flags, out);
	}
	free(path);
}

/* ---- differences ---- */

struct differing {
	unsigned flags;
	struct bytes *out;
	size_t said; /* where the text begins in `out` */
	size_t count;
};

static void difference_begin(struct differing *d)
{
	if (d->count++)
		bytes_add_str(d->out, ", ");
}

static void field_differences(
	struct answers *a, struct differing *d, const struct node *n, const struct node *than)
{
	for (size_t i = 0; n->fields && than->fields && i < frame_field_count(n->frame); i++) {
		const struct field_value *x = &n->fields[i], *y = &than->fields[i];
		bool same = x->set == y->set && field_is_text(x) == field_is_text(y) &&
			    x->number == y->number &&
			    slice_equal(slice_of(x->text, field_is_text(x) ? x->len : 0),
				    slice_of(y->text, field_is_text(y) ? y->len : 0));
		if (same || ties(a, n->frame, i))
			continue;
		difference_begin(d);
		bytes_addf(d->out, "%s ", frame_field_name(n->frame, i));
		frame_field_text(x, d->out);
		bytes_add_str(d->out, " instead of ");
		frame_field_text(y, d->out);
	}
}

static void payload_difference(
	struct differing *d, const struct node *n, struct slice payload, struct slice than)
{
	if (slice_equal(payload, than))
		return;
	if (d->count)
		bytes_add_str(d->out, ", ");
	d->count += words_difference(payload, than, d->flags | frame_spelling(n->frame), d->out);
}

static void node_differences(
	struct answers *a, struct differing *d, const struct node *n, const struct node *than)
{
	if (n->status != than->status) {
		difference_begin(d);
		bytes_addf(d->out, "%s instead of %s", exchange_status_name(n->status),
			exchange_status_name(than->status));
		return;
	}
	if (n->frames != than->frames) {
		difference_begin(d);
		bytes_addf(d->out, "%zu frame%s instead of %zu", n->frames, plural(n->frames),
			than->frames);
		return;
	}
	if (n->frame == than->frame)
		field_differences(a, d, n, than);
	for (size_t i = 0; i < n->frames && i < SAMPLE_FRAMES && d->count < DIFFERENCES_SHOWN; i++)
		payload_difference(d, n, n->payloads[i], than->payloads[i]);
}

/* Adds what differs in the answers to one command, unless that was said for the one before. */
static void command_differences(
	struct answers *a, struct differing *d, const struct node *n, const struct node *than)
{
	size_t begin = d->out->len, count = d->count;
	node_differences(a, d, n, than);
	struct slice all = bytes_slice(d->out), said = slice_cut(all, d->said, begin);
	struct slice more = slice_cut(all, count ? begin + 2 : begin, all.len); /* behind ", " */
	if (!more.len || !said.len || !memmem(said.at, said.len, more.at, more.len))
		return;
	d->out->len = begin;
	d->count = count;
}

bool answers_difference(struct answers *a, const struct answers_group *g,
	const struct answers_group *than, unsigned flags, struct bytes *out)
{
	size_t room = a->config.commands + 1;
	const struct node **path = mem_new(2 * room * sizeof(struct node *));
	const struct node **other = path + room;
	size_t count = path_to(a, g->node, path), most = path_to(a, than->node, other);
	struct differing d = {.flags = flags, .out = out, .said = out->len};
	for (size_t i = 0; i < count && i < most && d.count < DIFFERENCES_SHOWN; i++)
		command_differences(a, &d, path[i], other[i]);
	free(path);
	return d.count > 0;
}

/* ---- all of it ---- */

void answers_begin(struct answers *a)
{
	for (size_t i = 1; i < a->count; i++)
		free_sample(&a->nodes[i]);
	memset(a->slots, 0, NODE_SLOTS * sizeof *a->slots);
	memset(a->at, 0, a->config.targets * sizeof *a->at);
	a->count = 1;
	a->unknown = a->good = a->biggest = a->group_count = 0;
	a->nodes[0] = (struct node){.worst = EXCHANGE_OK};
}

struct answers *answers_new(const struct answers_config *config)
{
	struct answers *a = mem_new(sizeof *a);
	a->config = *config;
	a->room = 16;
	a->nodes = mem_new(a->room * sizeof *a->nodes);
	a->slots = mem_new(NODE_SLOTS * sizeof *a->slots);
	a->at = mem_new((config->targets + 1) * sizeof *a->at);
	compared_init(&a->compared, config->only, config->without);
	answers_begin(a);
	return a;
}

void answers_free(struct answers *a)
{
	if (!a)
		return;
	answers_begin(a);
	compared_free(&a->compared);
	free(a->nodes);
	free(a->slots);
	free(a->at);
	free(a->groups);
	free(a);
}
