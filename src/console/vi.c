/* vi.c - see vi.h. */
#include "console/vi.h"

void vi_init(struct vi_keys *v)
{
	*v = (struct vi_keys){0};
	for (const char *key = "fFtTr"; *key; key++)
		v->takes[(int)*key] = true;
}

static bool reads_a_key(const char *function)
{
	static const char *const names[] = {"vi-next-char", "vi-prev-char", "vi-to-next-char",
		"vi-to-prev-char", "vi-replace-char", "ed-quoted-insert"};
	for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
		if (strcmp(function, names[i]) == 0)
			return true;
	return false;
}

void vi_bound(struct vi_keys *v, struct slice keys, const char *function, bool types)
{
	uint8_t last = keys.len ? keys.at[keys.len - 1] : 0;
	if (last < VI_KEYS && (types || reads_a_key(function)))
		v->takes[last] = true;
	if (keys.len < 2 || keys.len > VI_SEQUENCE_MAX || v->count == VI_SEQUENCES_MAX)
		return;
	struct vi_sequence *s = &v->sequences[v->count++];
	memcpy(s->keys, keys.at, keys.len);
	s->count = keys.len;
}

/* Says whether what was typed is the beginning of a sequence, and not all of it. */
static bool is_within(const struct vi_keys *v)
{
	for (size_t i = 0; i < v->count; i++)
		if (v->sequences[i].count > v->begun.count &&
			memcmp(v->sequences[i].keys, v->begun.keys, v->begun.count) == 0)
			return true;
	return false;
}

bool vi_looks_up(struct vi_keys *v, wchar_t key)
{
	bool text = v->taken;
	v->taken = !text && key < VI_KEYS && v->takes[key];
	if (text || key >= VI_KEYS) {
		v->begun.count = 0;
		return true;
	}
	v->begun.keys[v->begun.count++] = (uint8_t)key;
	bool within = is_within(v);
	if (!within)
		v->begun.count = 0;
	return !within && !v->taken;
}
