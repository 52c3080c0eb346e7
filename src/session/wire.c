/* wire.c - the bytes of a command on the wire. */
#include "base/mem.h"
#include "session/session_private.h"

/* Merges the fields that the user set for the session with those of this command alone. */
static void merge_fields(
	const struct session *s, const struct field_value *with, struct field_value *set)
{
	for (size_t i = 0; i < frame_field_count(s->frame); i++)
		set[i] = with && with[i].set ? with[i] : s->set[i];
}

bool session_encode(struct session *s, const struct request *r, struct field_value *sent,
	struct bytes *out, struct error *err)
{
	struct bytes scratch; /* the session's own has the splitter's work */
	MEM_UNSET struct frame_values set;
	if (r->wire)
		return (!ahead_is_set(s) || ahead_allows(s, r, sent, err)) &&
		       bytes_add(out, r->payload);
	merge_fields(s, r->with, set.at);
	bytes_init(&scratch, LIMIT_FRAME_MOST);
	bool good = frame_encode(
		s->frame, SIDE_COMMAND, r->payload, set.at, sent, 0, &scratch, out, err);
	bytes_free(&scratch);
	return good && (!ahead_is_set(s) || ahead_allows(s, r, sent, err));
}

/* Keeps the fields that were set for all commands, if any were. */
static void keep_set_fields(const struct session *s, struct exchange *x)
{
	for (size_t i = 0; i < frame_field_count(s->frame); i++)
		if (s->set[i].set) {
			mem_drop(x->set);
			x->set = exchange_fields_copy(s->frame, s->set);
			return;
		}
}

bool session_encode_command(
	struct session *s, struct exchange *x, struct field_value *sent, struct error *err)
{
	MEM_UNSET struct request r;
	r.payload = exchange_real_payload(x);
	r.wire = x->wire;
	r.with = x->with;
	r.tell = x->tell;
	if (session_encode(s, &r, sent, &s->wire, err)) {
		exchange_wire(x, &s->wire);
		keep_set_fields(s, x);
		return true;
	}
	bytes_free(&s->wire);
	return false;
}

bool session_preview(
	struct session *s, const struct request *r, struct bytes *out, struct error *err)
{
	MEM_UNSET struct frame_values sent;
	if (r->file)
		return file_check(s, r, err);
	memcpy(sent.at, session_counters(s), frame_field_count(s->frame) * sizeof *s->sent);
	return session_encode(s, r, sent.at, out, err);
}
