/* set.c - NAME=VALUE of a person or a file: a field of the frame, or a setting of the line. */
#include <wilco/session.h>

#include "base/text.h"

static bool names_setting(struct slice name)
{
	for (size_t i = 0; setting_name(i); i++)
		if (slice_is(name, setting_name(i)))
			return true;
	return false;
}

static bool refuse_field(const struct frame *frame, struct slice name, struct error *err)
{
	struct bytes list;
	bytes_init(&list, LIMIT_MESSAGE);
	for (size_t i = 0; i < frame_field_count(frame); i++)
		bytes_addf(&list, "%s%s", i ? ", " : "", frame_field_name(frame, i));
	error_set(err, STATUS_USAGE, "the frame has no field '%s' to set", quote(name).text);
	if (list.len)
		error_hint(err, "it has %s; what it computes cannot be set", bytes_str(&list));
	bytes_free(&list);
	return false;
}

bool field_chosen(const struct frame *frame, struct slice *name, int *index, struct error *err)
{
	bool forced = slice_starts(*name, SLICE("field."));
	if (forced)
		*name = slice_cut(*name, 6, name->len);
	*index = forced || !names_setting(*name) ? frame_field_index(frame, *name) : -1;
	return *index >= 0 || !forced || refuse_field(frame, *name, err);
}

bool session_set(struct session *s, struct slice name, struct slice value, struct error *err)
{
	struct frame *frame = session_frame(s);
	int index;
	if (!field_chosen(frame, &name, &index, err))
		return false;
	if (index >= 0)
		return frame_field_typed(frame, (size_t)index, value, session_fields(s), err);
	struct settings changed = *session_settings(s);
	return setting_parse(session_address(s)->kind, name, value, &changed, err) &&
	       session_change(s, &changed, err);
}
