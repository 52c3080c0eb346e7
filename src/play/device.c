/* device.c - the devices of a run, and what a file says about their lines and frames. */
#include "play/play_private.h"

#include "base/mem.h"
#include "base/text.h"
#include "play/login.h"

static void device_on_state(void *owner, struct session *s)
{
	(void)s;
	play_state(((struct play_device *)owner)->play);
}

static void device_on_note(void *owner, struct session *s, bool warning, const char *text)
{
	struct play *p = ((struct play_device *)owner)->play;
	bool told =
		warning || address_listens(session_address(s)) || p->config.flags & PLAY_VERBOSE;
	if (told && !p->checking)
		play_note(p, s, warning, slice_str(text));
}

/* Unasked frames may be waited for by .when. */
static APART void tell_whens(struct play *p, struct session *s, const struct exchange *x)
{
	for (const struct reply *r = x->replies; r && !p->ended; r = r->next)
		if (r->kind == SPLIT_FRAME)
			when_frame(p, s, r);
}

/* What is in no step is the owner's at once. */
static bool device_on_unasked(void *owner, struct session *s, struct exchange *x)
{
	struct play *p = ((struct play_device *)owner)->play;
	if (p->whens && !p->ended)
		tell_whens(p, s, x);
	return step_unasked(p, s, x) || play_give_unasked(p, s, x, false);
}

static void device_on_frame(void *owner, struct session *s, const struct exchange *x)
{
	play_frame(((struct play_device *)owner)->play, s, x);
}

static const struct session_events device_events = {.state = device_on_state,
	.frame = device_on_frame,
	.note = device_on_note,
	.unasked = device_on_unasked};

static struct play_device *device_find(const struct play *p, struct slice name)
{
	for (size_t i = 0; i < p->device_count; i++)
		if (slice_is(name, p->devices[i]->name))
			return p->devices[i];
	return NULL;
}

/* A macro compares each reply before it goes on. */
static bool goes_one_by_one(const struct settings *settings, struct error *err)
{
	int64_t ahead = settings->at[SET_AHEAD].value;
	return ahead == 1 ||
	       error_set(err, STATUS_USAGE,
		       "ahead=%lld is not possible here: a macro and a loop wait for each reply "
		       "before they go on; .set ahead=1 turns it off",
		       (long long)ahead);
}

/* Gives the line what the file said before it was opened; the command line wins. */
static struct session *device_session(struct play *p, struct play_device *d, struct target *t,
	const char *shown, struct error *err)
{
	struct settings settings = t->address.settings;
	settings_merge(&settings, &p->settings);
	settings_merge(&settings, p->config.said);
	t->address.settings = settings;
	struct frame *frame = p->frame ? p->frame : t->frame;
	if (p->checking && !login_check(p->config.loop, t, err))
		return NULL;
	if (!goes_one_by_one(&settings, err) || !settings_agree(&settings, err) ||
		!session_frame_fits(&t->address, frame, err))
		return NULL;
	const struct session_config config = {.loop = p->config.loop,
		.name = shown,
		.address = &t->address,
		.settings = &settings,
		.frame = frame,
		.fields = p->frame ? p->fields.at : t->fields.at,
		.verbose = p->config.flags & PLAY_VERBOSE,
		.events = &device_events,
		.owner = d};
	return session_new(&config);
}

static void device_keep(struct play *p, struct play_device *d)
{
	p->devices = mem_grow(p->devices, p->device_count + 1, sizeof(struct play_device *));
	p->devices[p->device_count++] = p->current = d;
	if (p->checking && p->config.events->device)
		p->config.events->device(p->config.owner, d->session);
	if (d->ours && !p->checking && address_listens(session_address(d->session)))
		session_open(d->session); /* it may be called before anybody asks */
}

static bool give_settings(const struct play *p, struct session *s, struct error *err)
{
	struct settings settings = *session_settings(s);
	settings_merge(&settings, &p->settings);
	return session_change(s, &settings, err);
}

/* Takes a session of the owner's, and gives it what the file said before it was opened. */
static struct session *device_of_owner(
	struct play *p, struct slice name, const char *instead, struct error *err)
{
	struct session *s = p->config.host->session(p->config.owner, name, instead, err);
	if (s && !(goes_one_by_one(session_settings(s), err) && give_settings(p, s, err)))
		return NULL;
	if (!s || !p->frame)
		return s;
	if (!session_set_frame(s, p->frame, err))
		return NULL;
	struct field_value *fields = session_fields(s);
	memcpy(fields, p->fields.at, frame_field_count(p->frame) * sizeof *fields);
	return s;
}

static bool device_is_of(const struct play *p, const struct session *s)
{
	for (size_t i = 0; i < p->device_count; i++)
		if (p->devices[i]->session == s)
			return true;
	return false;
}

bool play_unasked(struct play *p, struct session *s, struct exchange *x)
{
	if (p->whens && !p->ended && device_is_of(p, s))
		tell_whens(p, s, x);
	if (p->ended || !device_is_of(p, s))
		return false;
	return step_unasked(p, s, x);
}

void play_frame(struct play *p, struct session *s, const struct exchange *x)
{
	if (p->whens && !p->checking && !p->ended && !when_asked(x))
		when_frame(p, s, x->last);
	if (p->step.active && p->step.device->session == s)
		step_frame(p, x);
}

void play_state(struct play *p)
{
	if (p->held || (p->step.active && (p->step.greets || p->step.closes)))
		play_advance(p);
}

/* Returns the NAME of NAME=ADDRESS; empty: it is an address alone. */
static struct slice instead_name(const char *text)
{
	size_t len = strcspn(text, "=?/");
	return slice_of(text, text[len] == '=' ? len : 0);
}

/* Returns what takes the place of a device of the file: NAME=ADDRESS for it, or an ADDRESS alone
 * for the first one.  *found is NULL where nothing does. */
static bool find_instead(
	const struct play *p, struct slice name, const char **found, struct error *err)
{
	const char *alone = NULL;
	*found = NULL;
	for (size_t i = 0; i < p->config.instead_count; i++) {
		const char *text = p->config.instead[i];
		struct slice of = instead_name(text);
		if (!of.len) {
			alone = text;
		} else if (slice_is(name, "") || slice_equal(name, of)) {
			*found = text + of.len + 1;
			p->instead_used[i] = true;
		}
	}
	if (*found || !alone)
		return true;
	*found = alone;
	return !p->device_count || error_set(err, STATUS_USAGE,
					   "this file opens several devices: say which of them is "
					   "meant, as in --device %s=%s",
					   quote(name).text, alone);
}

/* Opens what the file calls `name`; empty: the device to use where the file opens none. */
static bool device_new(struct play *p, struct slice name, struct error *err)
{
	struct target target;
	struct slice wrong;
	const char *instead;
	if (!find_instead(p, name, &instead, err))
		return false;
	if (!p->config.host->target(p->config.owner, name, instead, &target, &wrong, err)) {
		err->placed = err->placed && wrong.at == name.at;
		return false;
	}
	struct play_device *d = mem_new(sizeof *d);
	char *shown = instead ? mem_str(instead) : mem_strn(name.at, name.len);
	d->play = p;
	d->name = mem_strn(name.at, name.len);
	d->replaced = instead != NULL;
	d->ours = p->checking || !p->config.host->session;
	d->session = d->ours ? device_session(p, d, &target, shown, err)
			     : device_of_owner(p, name, instead, err);
	free(shown);
	target_free(&target);
	if (d->session) {
		device_keep(p, d);
		return true;
	}
	free(d->name);
	free(d);
	return false;
}

bool device_open(struct play *p, struct slice name, struct error *err)
{
	struct play_device *d = device_find(p, name);
	if (!d)
		return device_new(p, name, err);
	p->current = d;
	return true;
}

struct play_device *device_current(struct play *p, struct error *err)
{
	if (!p->current)
		device_new(p, SLICE(""), err);
	return p->current;
}

bool device_use(struct play *p, struct slice name, struct error *err)
{
	struct play_device *d = device_find(p, name);
	if (!d)
		return error_set(err, STATUS_USAGE,
			"no device '%s' was opened above: .open %s opens it", quote(name).text,
			quote(name).text);
	p->current = d;
	return true;
}

bool device_frame(struct play *p, struct slice text, struct error *err)
{
	bool first = !p->framed;
	if (frame_book_defines(text))
		return frame_book_define(p->config.book, text, err);
	struct frame *frame = frame_find(p->config.book, text, err);
	bool good = frame != NULL;
	p->framed = true;
	if (good && first && p->config.flags & PLAY_FRAMED) {
		frame_unref(frame);
		return true;
	}
	if (good && p->current) {
		good = session_set_frame(p->current->session, frame, err);
		frame_unref(frame);
	} else if (good) {
		frame_unref(p->frame);
		p->frame = frame;
		p->fields = (struct frame_values){0};
	}
	return good;
}

/* Says whether a setting belongs to no line, but to a program that shows things. */
static bool is_shown_only(struct slice name)
{
	return slice_is(name, "view") || slice_is(name, "device") ||
	       slice_is(name, SETTING_TRANSCRIPT);
}

static bool set_later(struct play *p, struct slice name, struct slice value, struct error *err)
{
	int index = -1;
	if (p->frame && !field_chosen(p->frame, &name, &index, err))
		return false;
	if (index >= 0)
		return frame_field_typed(p->frame, (size_t)index, value, p->fields.at, err);
	return setting_parse(NULL, name, value, &p->settings, err) &&
	       goes_one_by_one(&p->settings, err);
}

static bool set_now(struct play *p, struct slice name, struct slice value, struct error *err)
{
	struct session *s = p->current->session;
	if (!session_set(s, name, value, err))
		return false;
	struct settings settings = *session_settings(s);
	settings_merge(&settings, p->config.said);
	return goes_one_by_one(&settings, err) && session_change(s, &settings, err);
}

bool device_set(struct play *p, struct slice rest, struct error *err)
{
	const uint8_t *equals = rest.len ? memchr(rest.at, '=', rest.len) : NULL;
	if (!equals)
		return error_at(err, 0, rest.len, ".set needs NAME=VALUE, such as .set timeout=2s");
	size_t at = (size_t)(equals - rest.at);
	struct slice name = slice_trim(slice_cut(rest, 0, at));
	struct slice value = slice_trim(slice_cut(rest, at + 1, rest.len));
	if (is_shown_only(name))
		return true;
	return p->current ? set_now(p, name, value, err) : set_later(p, name, value, err);
}

static bool device_dropped(void *asker, struct session *s, struct exchange *x)
{
	(void)asker;
	(void)s;
	(void)x;
	return false;
}

/* Leaves a session of the owner's, on which a command may still be under way. */
static void device_leave(struct play *p, struct session *s)
{
	session_take_back(s, p);
	session_hand_over(s, p, device_dropped, NULL);
}

void devices_close(struct play *p)
{
	for (size_t i = 0; i < p->device_count; i++) {
		if (p->devices[i]->ours)
			session_free(p->devices[i]->session);
		else
			device_leave(p, p->devices[i]->session);
		verdict_forget(p->devices[i]);
		free(p->devices[i]->name);
		free(p->devices[i]);
	}
	free(p->devices);
	p->devices = NULL;
	p->device_count = 0;
	p->current = NULL;
	frame_unref(p->frame);
	p->frame = NULL;
	p->framed = false;
	settings_init(&p->settings);
}

/* A name that was misspelled would leave the file's own device in its place. */
bool devices_as_asked(const struct play *p, struct error *err)
{
	const struct play_device *left = NULL;
	for (size_t i = 0; i < p->device_count && !left; i++)
		left = p->devices[i]->replaced ? NULL : p->devices[i];
	for (size_t i = 0; i < p->config.instead_count && left; i++) {
		struct slice name = instead_name(p->config.instead[i]);
		if (name.len && !p->instead_used[i])
			return error_set(err, STATUS_USAGE,
				"--device %s is for a device %s, and this file opens none; it "
				"opens %s",
				quote(slice_str(p->config.instead[i])).text, quote(name).text,
				quote(slice_str(left->name)).text);
	}
	return true;
}
