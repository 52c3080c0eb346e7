/* owner.c - finds out for which device each line is, where a file opens several. */
#include "sim/script_private.h"

#include "base/mem.h"
#include "base/number.h"
#include "base/text.h"

enum { DEVICES_MAX = 1000 };

bool owner_is_meant(const struct reader *r)
{
	return r->device < 0 || !r->from->device ||
	       strcmp(r->devices[r->device], r->from->device) == 0;
}

/* Returns the number of an open device, by its name or number; -1: there is none. */
static int owner_find(const struct reader *r, struct slice name)
{
	struct error ignored;
	uint64_t number;
	for (int i = 0; i < r->device_count; i++)
		if (slice_is(name, r->devices[i]))
			return i;
	bool counted = r->device_count &&
		       number_parse(name, "", 1, (uint64_t)r->device_count, &number, &ignored);
	return counted ? (int)number - 1 : -1;
}

static bool owner_add(struct reader *r, struct slice name, struct error *err)
{
	if (r->device_count == DEVICES_MAX)
		return error_at(err, 0, 5, "a file opens at most %d devices", DEVICES_MAX);
	r->devices = mem_grow(r->devices, (size_t)r->device_count + 1, sizeof *r->devices);
	r->devices[r->device_count++] = mem_strn(name.at, name.len);
	return true;
}

bool owner_may_have(struct reader *r, const struct order *o, struct slice text, struct error *err)
{
	bool owned = o->kind == ORDER_SEND || o->kind == ORDER_ON || o->kind == ORDER_ELSE ||
		     o->kind == ORDER_GREETING || (o->verb == &verb_every && script_is_talk(r));
	if (!owned)
		return true;
	if (r->owner < 0)
		r->owner = r->device;
	if (r->device == r->owner || r->from->device)
		return true;
	error_at(err, 0, text.len, "this is for another device than the commands above");
	return error_hint(err, "--device NAME says which one to be: %s or %s",
		quote(slice_str(r->devices[r->owner])).text,
		quote(slice_str(r->devices[r->device])).text);
}

bool owner_take(struct reader *r, const struct order *o, struct error *err)
{
	struct bytes store;
	struct slice name;
	bytes_init(&store, LIMIT_LINE);
	int count = args_split(o->rest, NULL, &store, &name, 1, err);
	int found = count == 1 ? owner_find(r, name) : r->device, before = r->device;
	bool good = count >= 0;
	if (good && found < 0 && count) {
		good = owner_add(r, name, err);
		found = r->device_count - 1;
	}
	bytes_free(&store);
	if (!good || found == before)
		return good || script_place(o, err);
	r->device = found;
	if (r->device_count > 1) /* a reply needs a command of the same device above it */
		r->current = NULL;
	return true;
}

bool owner_concerns_all(struct slice text)
{
	struct slice rest = text, word = slice_word(&rest);
	return slice_is(word, ".open") || slice_is(word, ".use") ||
	       (slice_is(word, ".frame") && frame_book_defines(rest));
}

bool owner_found(const struct reader *r, struct error *err)
{
	struct bytes list;
	for (int i = 0; i < r->device_count; i++)
		if (!r->from->device || strcmp(r->devices[i], r->from->device) == 0)
			return true;
	if (!r->from->device)
		return true;
	error_set(err, STATUS_USAGE, "no device '%s' is opened here",
		quote(slice_str(r->from->device)).text);
	bytes_init(&list, LIMIT_MESSAGE);
	for (int i = 0; i < r->device_count; i++)
		bytes_addf(&list, "%s%s", i ? ", " : "", quote(slice_str(r->devices[i])).text);
	error_hint(err, "it is about %s", list.len ? bytes_str(&list) : "no device with a name");
	bytes_free(&list);
	return false;
}
