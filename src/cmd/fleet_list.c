/* fleet_list.c - see fleet_list.h. */
#include "cmd/fleet_list.h"

#include "base/fd.h"
#include "base/mem.h"
#include "base/paths.h"
#include "base/text.h"
#include "cmd/runner.h"
#include "fleet/inventory.h"
#include "play/login.h"
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

enum {
	ERRORS_TOLD = 10,
	READ_AT_ONCE = 64 * 1024,
	INVENTORY_MAX = 256 * 1024 * 1024,
	TYPED_MAX = 10000,     /* targets of a prompt, which stands still while they are read */
	DESCRIPTORS_KEPT = 24, /* for files, the terminal, lookups and libuv */
	/* What a line takes that is more than a socket: pipes and a proxy of its own. */
	DESCRIPTORS_MORE = 8,
};

static void tell_one(
	struct fleet_list *l, unsigned line, const struct error *err, struct slice text)
{
	struct bytes shown;
	bytes_init(&shown, LIMIT_MESSAGE);
	if (line && l->file)
		error_show_line(err, l->file, line, text, l->config.utf8, &shown);
	else
		error_show(err, NULL, text, l->config.utf8, &shown);
	l->config.tell(l->config.owner, &shown, err->status);
	bytes_free(&shown);
}

/* Tells an error of a line; false: enough was told. */
static bool tell(struct fleet_list *l, unsigned line, const struct error *err, struct slice text)
{
	struct error enough;
	tell_one(l, line, err, text);
	if (++l->errors < ERRORS_TOLD)
		return true;
	error_set(&enough, err->status, "that is %d errors; what comes behind was not looked at",
		ERRORS_TOLD);
	tell_one(l, 0, &enough, SLICE(""));
	return false;
}

bool fleet_list_tell(struct fleet_list *l, unsigned line, const struct error *err)
{
	return tell(l, line, err, SLICE(""));
}

/* Tells an error of a target, which is named where no line of a file can be. */
static bool tell_target(struct fleet_list *l, size_t index, const struct error *err)
{
	struct error named;
	unsigned line = targets_line(&l->targets, index);
	if (line)
		return tell(l, line, err, SLICE(""));
	error_set(&named, err->status, "%s: %s", quote(targets_name(&l->targets, index)).text,
		err->what);
	error_hint(&named, "%s", err->hint);
	return tell(l, 0, &named, SLICE(""));
}

/* ---- reading ---- */

static bool find_group(void *arg, struct slice name, struct slice *members)
{
	const struct fleet_list *l = arg;
	return groups_find(&l->config.context->groups, name, members);
}

/* A file that is read line by line: a list of a million takes no memory but its own. */
struct reader {
	struct fleet_list *list;
	struct bytes buffer;
	unsigned line;
};

static bool take_line(struct reader *r, struct slice text)
{
	struct error err;
	r->line++;
	return targets_add_line(&r->list->targets, text, r->line, &err) ||
	       tell(r->list, r->line, &err, text);
}

/* Takes the lines that are whole; at the end even one without LF. */
static bool take_lines(struct reader *r, bool ended)
{
	struct slice rest = bytes_slice(&r->buffer);
	const uint8_t *end;
	while (rest.len && (end = memchr(rest.at, '\n', rest.len))) {
		size_t n = (size_t)(end - rest.at);
		if (!take_line(r, slice_cut(rest, 0, n)))
			return false;
		rest = slice_cut(rest, n + 1, rest.len);
	}
	if (rest.len && (ended || rest.len > TARGET_LINE_MAX)) {
		if (!take_line(r, rest) || !ended) /* one that is too long is no text file's */
			return false;
		rest.len = 0;
	}
	bytes_drop(&r->buffer, r->buffer.len - rest.len);
	return true;
}

static bool read_lines(struct reader *r, int fd, struct error *err)
{
	for (;;) {
		uint8_t *to = bytes_space(&r->buffer, READ_AT_ONCE);
		ssize_t n = fd_read(fd, to, READ_AT_ONCE);
		if (n < 0)
			return error_set(err, STATUS_USAGE, "cannot read %s: %s",
				quote(slice_str(r->list->file)).text, strerror(errno));
		r->buffer.len += (size_t)n;
		if (!take_lines(r, n == 0) || n == 0)
			return true;
	}
}

static bool read_fd(struct fleet_list *l, int fd, struct error *err)
{
	struct reader r = {.list = l};
	bytes_init(&r.buffer, 2 * READ_AT_ONCE + TARGET_LINE_MAX);
	bool good = read_lines(&r, fd, err);
	bytes_free(&r.buffer);
	return good;
}

static bool no_such_file(const char *name, struct error *err)
{
	error_set(
		err, STATUS_USAGE, "'%s' is no device, group or file", quote(slice_str(name)).text);
	return error_hint(err, "a list of addresses has ports (10.0.0.5:9100), commas or ranges "
			       "(10.0.0.[1-20])");
}

static bool read_file(struct fleet_list *l, const char *name, struct error *err)
{
	struct stat st;
	l->file = name;
	if (l->config.typed && stat(name, &st) == 0 && !S_ISREG(st.st_mode))
		return error_set(err, STATUS_USAGE, "%s is no file: a list of targets is one",
			quote(slice_str(name)).text);
	int fd = open(name, O_RDONLY | O_CLOEXEC | O_NOCTTY);
	if (fd < 0 && errno == ENOENT)
		return no_such_file(name, err);
	if (fd < 0 || (fstat(fd, &st) == 0 && S_ISDIR(st.st_mode))) {
		error_set(err, STATUS_USAGE, "cannot read %s: %s", quote(slice_str(name)).text,
			strerror(fd < 0 ? errno : EISDIR));
		if (fd >= 0)
			close(fd);
		return false;
	}
	bool good = read_fd(l, fd, err);
	close(fd);
	return good;
}

/* Says whether a path in /dev is a file or a pipe, such as /dev/shm/list, and no port. */
static bool holds_lines(const char *path)
{
	struct stat st;
	return stat(path, &st) == 0 && (S_ISREG(st.st_mode) || S_ISFIFO(st.st_mode));
}

static bool read_targets(struct fleet_list *l, const char *text, struct error *err)
{
	struct slice word = slice_str(text), members;
	if (slice_is(word, "-") && !l->config.typed) {
		l->file = "stdin";
		return read_fd(l, STDIN_FILENO, err);
	}
	if (devices_find(&l->config.context->devices, word) ||
		groups_find(&l->config.context->groups, word, &members) ||
		(targets_is_list(word) && !holds_lines(text)))
		return targets_add_list(&l->targets, word, err);
	return read_file(l, text, err);
}

/* ---- what a target is ---- */

static bool resolve(const struct fleet_list *l, size_t index, struct target *t, struct error *err)
{
	struct slice name = targets_name(&l->targets, index);
	struct slice wrong;
	const struct context *c = l->config.context;
	struct slice rest = targets_rest(&l->targets, index);
	if (!rest.len)
		return context_target(c, name, NAMED_BY_ARGUMENT, t, &wrong, err);
	struct device *device = device_read(name, rest, err);
	bool good = device && context_target_of(c, device, NAMED_BY_ARGUMENT, t, err);
	device_free(device);
	return good;
}

static struct session *session_of(const struct fleet_list *l, size_t index, const struct target *t,
	const struct session_events *events, void *owner)
{
	struct slice text = targets_name(&l->targets, index);
	char *name = mem_strn(text.at, text.len);
	struct session_config config = {.loop = l->config.loop,
		.name = name,
		.address = &t->address,
		.settings = &t->address.settings,
		.frame = t->frame,
		.fields = t->fields.at,
		.verbose = l->config.context->options.verbose,
		.events = events,
		.owner = owner};
	struct session *s = session_new(&config);
	free(name);
	return s;
}

struct session *fleet_list_session(
	const struct fleet_list *l, size_t index, const struct session_events *events, void *owner)
{
	MEM_UNSET struct target target;
	MEM_UNSET struct error err;
	struct session *s;
	if (!resolve(l, index, &target, &err))
		abort(); /* it could be resolved before, and nothing has changed */
	s = session_of(l, index, &target, events, owner);
	target_free(&target);
	return s;
}

/* ---- the commands ---- */

static struct fleet_plan *find_plan(
	const struct fleet_list *l, const struct frame *frame, unsigned charset)
{
	for (size_t i = l->plan_count; i-- > 0;)
		if (l->plans[i].frame == frame && l->plans[i].charset == charset)
			return &l->plans[i];
	return NULL;
}

static unsigned charset_of(const struct settings *s)
{
	return (unsigned)s->at[SET_CHARSET].value;
}

const struct order *fleet_list_orders(const struct fleet_list *l, const struct session *s)
{
	return find_plan(l, session_frame(s), charset_of(session_settings(s)))->orders;
}

static struct fleet_plan *new_plan(struct fleet_list *l, const struct target *t)
{
	l->plans = mem_grow(l->plans, l->plan_count + 1, sizeof *l->plans);
	struct fleet_plan *plan = &l->plans[l->plan_count++];
	*plan = (struct fleet_plan){.frame = frame_ref(t->frame),
		.charset = charset_of(&t->address.settings),
		.orders = mem_new(l->config.command_count * sizeof *plan->orders)};
	for (size_t i = 0; i < l->config.command_count; i++)
		order_init(&plan->orders[i]);
	return plan;
}

static bool read_commands(
	const struct fleet_list *l, struct fleet_plan *plan, struct slice *text, struct error *err)
{
	const struct reading reading = {.verbs = verbs,
		.place = PLACE_COMMAND,
		.flags = ORDER_EXACT,
		.frame = plan->frame,
		.names = secret_names(),
		.charset = plan->charset};
	for (size_t i = 0; i < l->config.command_count; i++) {
		*text = slice_str(l->config.commands[i]);
		if (!order_read(&plan->orders[i], *text, &reading, err))
			return false;
		if (plan->orders[i].later)
			return error_set(err, STATUS_USAGE,
				"not sent: wilco asks for a secret only where one command is "
				"typed");
	}
	return true;
}

static void no_notes(void *owner, struct session *s, bool warning, const char *text)
{
	(void)owner;
	(void)s;
	(void)warning;
	(void)text;
}

const struct session_events fleet_list_unopened = {.note = no_notes};

/* Says whether the device's frame, with its fields, can carry the commands. */
static bool check_commands(const struct fleet_list *l, size_t index, const struct target *t,
	const struct fleet_plan *plan, struct slice *text, struct error *err)
{
	struct runner runner = {.session = session_of(l, index, t, &fleet_list_unopened, NULL)};
	bool good = true;
	for (size_t i = 0; good && i < l->config.command_count; i++) {
		*text = slice_str(l->config.commands[i]);
		good = runner_check(&runner, &plan->orders[i], NULL, err) &&
		       order_repeats(&plan->orders[i], err);
	}
	session_free(runner.session);
	return good;
}

static bool has_fields(const struct target *t)
{
	for (size_t i = 0; i < frame_field_count(t->frame); i++)
		if (t->fields.at[i].set)
			return true;
	return false;
}

/* Says whether the host is an address, which nobody has to look up: 127.0.0.256 is none. */
static bool is_numeric(const char *host)
{
	struct in_addr four;
	return strchr(host, ':') || inet_pton(AF_INET, host, &four) == 1;
}

/* Notes the name of a target's host, if it has one. */
static void note_host(struct fleet_list *l, size_t index, const struct address *a)
{
	struct error unused;
	size_t found;
	struct slice host = slice_str(a->host);
	if (!address_resolves(a) || address_listens(a) || !host.len || is_numeric(a->host) ||
		targets_find(&l->hosts, host, &found))
		return;
	targets_add_named(&l->hosts, host, SLICE(""), targets_line(&l->targets, index), &unused);
}

/* Notes behind which gateway the device is: what its address has before the settings. */
static void note_gateway(struct fleet_list *l, size_t index, const struct target *t)
{
	struct bytes place;
	if (!l->config.per_gateway)
		return;
	bytes_init(&place, LIMIT_MESSAGE);
	address_place(&t->address, &place);
	gateways_add(&l->gateways, (uint32_t)index, bytes_slice(&place));
	bytes_free(&place);
}

static bool check_target(struct fleet_list *l, size_t index, const struct target *t,
	struct error *err, struct slice *text)
{
	struct fleet_plan *plan = find_plan(l, t->frame, charset_of(&t->address.settings));
	bool known = plan;
	note_gateway(l, index, t);
	note_host(l, index, &t->address);
	size_t takes = address_is_direct(&t->address) ? 1 : DESCRIPTORS_MORE;
	if (takes > l->descriptors)
		l->descriptors = takes;
	if (!plan && !read_commands(l, plan = new_plan(l, t), text, err))
		return false;
	return (known && !has_fields(t)) || check_commands(l, index, t, plan, text, err);
}

bool fleet_list_target(
	const struct fleet_list *l, size_t target, struct target *t, struct error *err)
{
	return resolve(l, target, t, err);
}

/* ---- all of them ---- */

/* Tells that a command does not fit a device's frame; others may have other frames. */
static void tell_misfit(struct fleet_list *l, size_t index, struct error *err)
{
	err->placed = false;
	tell_target(l, index, err);
}

/* Checks one target; false: enough was told. */
static bool check_one(struct fleet_list *l, size_t index)
{
	MEM_UNSET struct target target;
	MEM_UNSET struct error err;
	struct slice text = SLICE("");
	if (!resolve(l, index, &target, &err)) {
		err.placed = false;
		return tell_target(l, index, &err);
	}
	if (!login_check(l->config.loop, &target, &err)) {
		target_free(&target);
		return tell_target(l, index, &err);
	}
	bool good = check_target(l, index, &target, &err, &text);
	target_free(&target);
	if (good)
		return true;
	if (err.placed && l->plan_count == 1)
		tell(l, 0, &err, text); /* a mistake in a command is one for all devices */
	else
		tell_misfit(l, index, &err);
	return false;
}

static bool check_all(struct fleet_list *l)
{
	if (l->config.per_gateway)
		gateways_init(&l->gateways, l->targets.count, l->config.per_gateway);
	for (size_t i = 0; i < l->targets.count; i++)
		if (!check_one(l, i))
			return false;
	return !l->errors;
}

/* An error without a line says at least which file it is about. */
static bool add_inventory(struct fleet_list *l, struct slice json, const char *pattern,
	unsigned *line, struct error *err)
{
	if (inventory_add(&l->targets, json, slice_str(pattern), line, err))
		return true;
	const struct error why = *err;
	if (!*line)
		error_set(err, why.status, "%s: %s", quote(slice_str(l->file)).text, why.what);
	return false;
}

static bool read_inventory(
	struct fleet_list *l, const char *pattern, unsigned *line, struct error *err)
{
	const char *name = l->config.context->options.inventory;
	bool standard = strcmp(name, "-") == 0;
	struct bytes text;
	l->file = standard ? "stdin" : name;
	bytes_init(&text, INVENTORY_MAX + 1);
	int found =
		path_read(standard ? "/dev/stdin" : name, PATH_STREAM, INVENTORY_MAX, &text, err);
	bool good = found > 0;
	if (found == 0)
		error_set(err, STATUS_USAGE, "there is no file %s", quote(slice_str(name)).text);
	if (good)
		good = add_inventory(l, bytes_slice(&text), pattern, line, err);
	bytes_free(&text);
	return good;
}

static bool read_all(struct fleet_list *l, const char *targets)
{
	struct error err;
	unsigned line = 0;
	bool good = l->config.context->options.inventory
			    ? read_inventory(l, targets, &line, &err)
			    : read_targets(l, targets, &err) && !l->errors;
	if (good)
		good = targets_end(&l->targets, &line, &err);
	if (good)
		line = 0; /* what follows is about all of them */
	if (good && l->config.typed && l->targets.count > TYPED_MAX)
		good = error_set(&err, STATUS_USAGE,
			"%zu devices are too many for a prompt: at most %d; wilco fleet takes more",
			l->targets.count, TYPED_MAX);
	if (good && !l->targets.count)
		good = error_set(
			&err, STATUS_USAGE, "%s names no target", quote(slice_str(targets)).text);
	if (!good && !l->errors)
		tell(l, line, &err, SLICE(""));
	return good;
}

bool fleet_list_open(
	struct fleet_list *l, const struct fleet_list_config *config, const char *targets)
{
	*l = (struct fleet_list){.config = *config, .descriptors = 1};
	targets_init(&l->targets, find_group, l);
	targets_init(&l->hosts, NULL, NULL);
	return read_all(l, targets) && check_all(l);
}

void fleet_list_close(struct fleet_list *l)
{
	for (size_t i = 0; i < l->plan_count; i++) {
		for (size_t j = 0; j < l->config.command_count; j++)
			order_free(&l->plans[i].orders[j]);
		free(l->plans[i].orders);
		frame_unref(l->plans[i].frame);
	}
	free(l->plans);
	gateways_free(&l->gateways);
	targets_free(&l->targets);
	targets_free(&l->hosts);
}

/* Says how many descriptors there may be, after asking for as many as the system allows. */
static size_t descriptors(void)
{
	struct rlimit limit;
	if (getrlimit(RLIMIT_NOFILE, &limit) < 0)
		return DESCRIPTORS_KEPT + 1;
	rlim_t soft = limit.rlim_cur;
	limit.rlim_cur = limit.rlim_max;
	if (setrlimit(RLIMIT_NOFILE, &limit) < 0)
		return (size_t)soft;
	return (size_t)limit.rlim_cur;
}

size_t fleet_list_fit(const struct fleet_list *l, size_t *limit)
{
	size_t all = descriptors(), kept = DESCRIPTORS_KEPT;
	size_t most = all > kept + l->descriptors ? (all - kept) / l->descriptors : 1;
	size_t wanted = *limit < l->targets.count ? *limit : l->targets.count;
	if (wanted <= most)
		return 0;
	*limit = most;
	return all;
}
