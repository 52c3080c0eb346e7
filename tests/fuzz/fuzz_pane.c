/* A transcript of one or two devices that say anything, and somebody who looks at it: no row holds
 * a control byte or is wider than the window, what is drawn over what was there is what would be
 * drawn afresh, and what is selected is there.  What .save writes reads back to what was sent
 * (saved.c); what is copied is plain. */
#include "fuzz/fuzz.h"
#include "fuzz/home.h"
#include "fuzz/input.h"
#include "fuzz/line.h"
#include "fuzz/saved.h"

#include "base/escape.h"
#include "base/mem.h"
#include "base/number.h"
#include "base/text.h"
#include "cmd/cmd.h"
#include "cmd/export.h"
#include "pane/pane_private.h"
#include "session/exchange.h"
#include <unistd.h>

enum { UTF8 = 1, WINDOW = 2, TWO_DEVICES = 4, SCROLLS = 8, BROKEN = 16 };
enum { WIRE = 1, FIELDS = 2, SILENCE = 4, BREAKS = 8, WRONG = 16, LATE = 32, STRAY = 64 };
enum { HEIGHT_MAX = 24, ENTRIES_MAX = 200, REPLIES_MAX = 3000, BYTES_MAX = 96 * 1024 };
enum { TURNS_MAX = 1000, PRINTED_ROWS = 64 };

static struct context context;
static struct shell *shell;
static struct ui ui;
static struct record record;
static struct pane pane;
static struct frame *frames[2];
static struct slice input;
static unsigned flags;
static struct timespec now;
static size_t added, held, replied; /* exchanges; their bytes, their replies */
static struct exchange *waits;
static bool begun; /* hints about devices are not of interest */

/* ---- what is drawn ---- */

static struct bytes grid[HEIGHT_MAX];

static void check_text(struct slice text, size_t cells)
{
	MUST(text_is_plain(text) && text_cells(text) <= cells);
	for (size_t i = 0; i < text.len && !(flags & UTF8); i++)
		MUST(text.at[i] < 0x7f);
}

static void on_row(void *arg, size_t y, const struct styled *row, bool selected)
{
	struct slice text = bytes_slice(&row->text);
	(void)arg;
	MUST(y < pane.height && !row->text.over && row->cells == text_cells(text));
	check_text(text, pane.width);
	bytes_clear(&grid[y]);
	bytes_add_str(&grid[y], selected ? "]" : ".");
	bytes_add(&grid[y], text);
	for (size_t i = 0; i < row->run_count; i++)
		bytes_addf(&grid[y], " %u:%u", (unsigned)row->runs[i].style, row->runs[i].len);
}

static void on_scroll(void *arg, long rows)
{
	struct bytes before[HEIGHT_MAX];
	size_t n = (size_t)labs(rows), height = pane.height;
	(void)arg;
	MUST(n && n < height);
	memcpy(before, grid, sizeof before);
	for (size_t y = 0; y < height; y++)
		grid[y] = before[(rows > 0 ? y + n : y + height - n) % height];
	for (size_t y = 0; y < n; y++)
		bytes_clear(&grid[rows > 0 ? height - 1 - y : y]);
	for (size_t y = 0; y < n; y++)
		bytes_add_str(&grid[rows > 0 ? height - 1 - y : y], ".");
}

static void take_grid(struct bytes *all)
{
	bytes_init(all, LIMIT_FRAME_MOST);
	for (size_t y = 0; y < pane.height; y++) {
		MUST(grid[y].len);
		bytes_add(all, bytes_slice(&grid[y]));
		bytes_add_str(all, "\n");
	}
}

/* It is not empty while there is something to see, nor at its end where more would fit. */
static void check_window(void)
{
	size_t first = 0, last = pane_room(&pane) - 1, top = pane_index(&pane, pane.top);
	while (first < record.count && !pane_rows_of(&pane, first))
		first++;
	if (first == record.count)
		return;
	MUST(pane.top_row == 0 || pane.top_row < pane_rows_of(&pane, top));
	MUST(pane.seen[0].what == SEEN_ENTRY || pane.seen[0].what == SEEN_PAST);
	if (pane.follow && last < pane.height && pane.seen[last].what != SEEN_ENTRY)
		MUST(top <= first && pane.top_row == 0);
	MUST(!pane.selecting || pane_shows(&pane, pane_index(&pane, pane.selected)));
}

static bool shows_selected(void)
{
	for (size_t y = 0; y < pane.height; y++)
		if (grid[y].at[0] == ']')
			return true;
	return false;
}

static void draw(void)
{
	const struct pane_drawer drawer = {on_row, flags & SCROLLS ? on_scroll : NULL};
	struct bytes parts, afresh;
	pane_draw(&pane, &drawer, NULL);
	take_grid(&parts);
	pane_again(&pane);
	for (size_t y = 0; y < HEIGHT_MAX; y++)
		bytes_clear(&grid[y]);
	pane_draw(&pane, &drawer, NULL);
	take_grid(&afresh);
	MUST(slice_equal(bytes_slice(&parts), bytes_slice(&afresh)));
	bytes_free(&parts);
	bytes_free(&afresh);
	check_window();
}

/* ---- the screen that the shell has ---- */

static void on_line(struct ui *u, enum ui_kind kind, struct slice text)
{
	static const enum entry_kind kinds[] = {
		[UI_OUTPUT] = ENTRY_OUTPUT, [UI_NOTE] = ENTRY_NOTE, [UI_ERROR] = ENTRY_ERROR};
	(void)u;
	check_text(text, SIZE_MAX);
	if (flags & WINDOW && begun) {
		record_text(&record, kinds[kind], text);
		record.at[record.count - 1].time = now;
	}
}

static void on_exchange(
	struct ui *u, const struct session *s, const struct exchange *x, bool labelled)
{
	(void)u;
	(void)s;
	(void)x;
	(void)labelled;
}

static void on_find(struct ui *u)
{
	(void)u;
	pane_seek(&pane, true, pane_is_found);
}

static void on_moved(struct ui *u)
{
	(void)u;
}

static void on_say(struct ui *u, struct slice text)
{
	(void)u;
	check_text(text, SIZE_MAX);
}

/* What is printed and listed where there is no window: words are not broken there. */
static void on_list(struct ui *u, const struct styled *row)
{
	(void)u;
	check_text(bytes_slice(&row->text), SIZE_MAX);
}

static void on_printed(void *u, const struct styled *row)
{
	on_list(u, row);
}

static void on_print(struct ui *u, const struct session *s, const struct exchange *x, bool labelled)
{
	(void)s;
	(void)x;
	(void)labelled;
	pane_list(&pane, record_index(&record, record.newest), PRINTED_ROWS, on_printed, u);
}

static const struct ui_ops lines = {.line = on_line, .row = on_list, .exchange = on_print},
			   window = {.line = on_line,
				   .exchange = on_exchange,
				   .find = on_find,
				   .moved = on_moved,
				   .say = on_say};

/* A command of wilco's own with an argument. */
static void run(const char *verb, struct slice rest)
{
	struct bytes line;
	bytes_init(&line, LIMIT_LINE);
	bytes_addf(&line, ".%s ", verb);
	bytes_add(&line, rest);
	shell_line(shell, bytes_slice(&line));
	bytes_free(&line);
}

/* ---- what happens ---- */

static size_t device_now(void)
{
	return flags & TWO_DEVICES ? input_byte(&input) & 1 : 0;
}

/* Fields of this command alone: the text as it is, or as a number. */
static bool give_field(struct exchange *x, size_t field)
{
	char number[16];
	struct error err;
	struct slice text = input_run(&input);
	if (!text.len || frame_field_parse(x->frame, field, text, x->with, &err))
		return text.len > 0;
	snprintf(number, sizeof number, "%u", text.at[0]);
	return frame_field_parse(x->frame, field, slice_str(number), x->with, &err);
}

static void give_fields(struct exchange *x)
{
	bool any = false;
	x->with = mem_new((frame_field_count(x->frame) + 1) * sizeof *x->with);
	for (size_t i = 0; i < frame_field_count(x->frame); i++)
		any |= give_field(x, i);
	if (!any) {
		free(x->with);
		x->with = NULL;
	}
}

/* Puts it on the wire; false: the frame cannot carry it. */
static bool encode(struct exchange *x, struct field_value *sent, struct error *err)
{
	struct bytes scratch, wire;
	bytes_init(&scratch, LIMIT_FRAME_MOST);
	bytes_init(&wire, LIMIT_FRAME_MOST);
	bool good = x->wire ? bytes_add(&wire, x->payload)
			    : frame_encode(x->frame, SIDE_COMMAND, x->payload, x->with, sent, 0,
				      &scratch, &wire, err);
	bytes_free(&scratch);
	exchange_wire(x, &wire);
	bytes_free(&wire);
	return good;
}

static void split_all(
	struct exchange *x, struct slice came, unsigned how, const struct field_value *sent)
{
	struct bytes pending, scratch;
	struct split_event e;
	struct frame_values fields = {0};
	struct reply_tracker tracker;
	bytes_init(&pending, LIMIT_FRAME_MOST);
	bytes_init(&scratch, LIMIT_FRAME_MOST);
	struct split *split =
		split_new(x->frame, SIDE_REPLY, sent, fields.at, 0, &pending, &scratch);
	reply_begin(&tracker, x->frame, x->payload, NULL);
	if (frame_rules(x->frame)->echo && x->command)
		split_expect_echo(split, x->sent);
	split_feed(split, came);
	(how & SILENCE ? split_silence : how & BREAKS ? split_break : split_close)(split);
	while (replied < REPLIES_MAX && split_next(split, &e)) {
		if (e.kind == SPLIT_ACK && !x->command)
			continue; /* a session does not tell */
		replied++;
		if (e.kind == SPLIT_FRAME)
			reply_take(&tracker, &e);
		exchange_take(x, &e);
	}
	split_free(split);
	bytes_free(&pending);
	bytes_free(&scratch);
}

/* Some bytes, often enough to be many. */
static void take_many(struct bytes *all)
{
	struct slice bytes = input_run(&input);
	unsigned factor = input_byte(&input);
	size_t times = factor < 200 ? 1 : 1u << (factor - 200) % 12;
	bytes_init(all, BYTES_MAX);
	while (times-- && held + bytes.len <= BYTES_MAX) {
		bytes_add(all, bytes);
		held += bytes.len;
	}
}

static void receive(struct exchange *x, unsigned how, const struct field_value *sent)
{
	struct bytes came;
	take_many(&came);
	split_all(x, bytes_slice(&came), how, sent);
	bytes_free(&came);
	if (how & STRAY)
		exchange_stray(x, input_run(&input));
}

static enum exchange_status status_of(const struct exchange *x, unsigned how)
{
	static const enum exchange_status wrong[] = {EXCHANGE_TIMEOUT, EXCHANGE_LOST,
		EXCHANGE_DAMAGED, EXCHANGE_CANCELLED, EXCHANGE_CONNECT};
	if (!x->command)
		return how & LATE ? EXCHANGE_LATE : EXCHANGE_UNSOLICITED;
	return how & WRONG ? wrong[how % 5] : EXCHANGE_OK;
}

static void end_exchange(struct exchange *x, enum exchange_status status, const char *error)
{
	int64_t took = input_byte(&input) * (int64_t)NS_PER_MS * 40;
	bool good = status == EXCHANGE_OK || !x->command;
	struct bytes why;
	bytes_init(&why, LIMIT_MESSAGE);
	if (!good && !error) {
		bytes_add(&why, input_run(&input));
		error = x->last && x->last->error && !why.len ? x->last->error : bytes_str(&why);
	}
	exchange_end(x, status, x->sent_at + took, NULL, good ? NULL : error);
	bytes_free(&why);
}

/* The record holds what it says, and no more than it may: what came last always stays. */
static void check_record(void)
{
	size_t all = 0, spared = 0;
	for (size_t i = 0; i < record.count; i++) {
		const struct entry *e = &record.at[i];
		MUST(e->id < record.ever && (!i || e[-1].id < e->id));
		MUST(e->kind != ENTRY_EXCHANGE || e->size >= exchange_size(e->exchange));
		all += e->size;
		spared += e->id == record.newest || i + 1 == record.count ? e->size : 0;
	}
	MUST(all == record.held && record.held - spared <= record.cap);
	MUST(record.newest == RECORD_NONE || record_find(&record, record.newest));
}

static void hand_over(struct exchange *x, size_t d)
{
	struct opened *device = shell->devices[d];
	if (x->command)
		saved_add(x);
	added++;
	MUST(shell_answered(device, device->session, x));
	check_record();
}

static void add_command(void)
{
	size_t d = device_now();
	unsigned how = input_byte(&input);
	struct bytes payload;
	struct frame_values sent = {0};
	struct error err = {0};
	take_many(&payload);
	struct slice typed = slice_cut(bytes_slice(&payload), 0, LIMIT_LINE);
	struct exchange *x = exchange_command(frames[d], typed, (how & WIRE) && typed.len > 0);
	bytes_free(&payload);
	x->time = now;
	if (how & FIELDS)
		give_fields(x);
	if (encode(x, sent.at, &err)) {
		x->sent_at = NS_PER_S;
		receive(x, how, sent.at);
		end_exchange(x, status_of(x, how), NULL);
	} else {
		end_exchange(x, EXCHANGE_REFUSED, err.what);
	}
	hand_over(x, d);
}

static void add_event(void)
{
	size_t d = device_now();
	unsigned how = input_byte(&input);
	struct exchange *x = exchange_new(frames[d], now);
	receive(x, how, NULL);
	if (!x->replies && !x->stray.len) {
		exchange_free(x);
		return;
	}
	end_exchange(x, status_of(x, how), NULL);
	hand_over(x, d);
}

static void add_text(void)
{
	static const enum ui_kind kinds[] = {UI_OUTPUT, UI_NOTE, UI_ERROR};
	enum ui_kind kind = kinds[input_byte(&input) % 3];
	struct bytes safe;
	bytes_init(&safe, LIMIT_MESSAGE);
	text_add(&safe, input_run(&input), TEXT_PLAIN | (flags & UTF8 ? 0 : TEXT_ASCII));
	on_line(&ui, kind, bytes_slice(&safe));
	bytes_free(&safe);
}

/* Commands that are under way. */
static void add_waiting(void)
{
	size_t d = device_now();
	if (waits)
		exchange_free(waits);
	waits = exchange_command(frames[d], input_run(&input), false);
	waits->sent_at = input_byte(&input) & 1;
	struct waiting all[PANE_WAITING_MAX];
	struct session *session = shell->devices[d]->session;
	size_t count = flags & WINDOW ? input_byte(&input) % (PANE_WAITING_MAX + 1) : 0;
	for (size_t i = 0; i < count; i++) {
		all[i] = (struct waiting){.session = session,
			.exchange = waits,
			.waited = (int64_t)i * NS_PER_S,
			.left = input_byte(&input) * (int64_t)NS_PER_MS};
		all[i].coming.bytes = input_byte(&input) % 4;
		all[i].coming.rest = waits->payload;
	}
	pane_wait(&pane, all, count, input_byte(&input) & 1 ? session : NULL);
}

static void pass_time(void)
{
	int64_t ms = (int8_t)input_byte(&input) * INT64_C(500);
	int64_t ns = now.tv_nsec + ms % 1000 * NS_PER_MS + NS_PER_S;
	now.tv_sec += ms / 1000 + ns / NS_PER_S - 1;
	now.tv_nsec = ns % NS_PER_S;
}

/* ---- what somebody does ---- */

static void move(void)
{
	long rows = (int8_t)input_byte(&input);
	pane_scroll(&pane, rows);
}

static void go_far(void)
{
	unsigned to = input_byte(&input) % 4;
	if (to == 0)
		pane_top(&pane);
	else if (to == 1)
		pane_end(&pane);
	else if (to == 2)
		pane_scroll(&pane, (int8_t)input_byte(&input) * 1000L);
	else
		pane_show_from(&pane, record.ever - input_byte(&input) % (record.ever + 1));
}

static void choose(void)
{
	unsigned what = input_byte(&input);
	bool was = pane.selecting;
	if (what < 64)
		pane_select(&pane, what & 1);
	else
		pane_select_by(&pane, (long)what - 160);
	draw();
	/* In a window of one row what is past may stand there. */
	MUST(what < 64 || !was || !pane.selecting || pane_room(&pane) == 1 || shows_selected());
}

static void look(void)
{
	enum { VIEWS = 5 };
	run("view", slice_str(view_name(NULL, input_byte(&input) % VIEWS)));
}

static void fold(void)
{
	pane_fold(&pane, input_byte(&input) & 1);
}

static void filter(void)
{
	run("filter", slice_str(filter_name(NULL, input_byte(&input) % FILTER_COUNT)));
}

static void find(void)
{
	run("find", input_run(&input));
}

static void seek(void)
{
	static pane_test *const tests[] = {pane_is_wrong, pane_is_command, pane_is_found};
	unsigned what = input_byte(&input);
	size_t which, all = pane_found(&pane, &which);
	MUST(which <= all);
	if (pane_seek(&pane, what & 4, tests[what % 3]))
		MUST(tests[what % 3](&pane, pane_index(&pane, pane.selected)));
}

static void go_to(void)
{
	char time[32];
	unsigned what = input_byte(&input);
	snprintf(time, sizeof time, "22:%02u:%02u.%03u", what % 60, input_byte(&input) % 60,
		input_byte(&input) * 4 % 1000);
	run("goto", slice_str(what == 255 ? "top" : what == 254 ? "end" : time));
}

static void resize(void)
{
	unsigned width = input_byte(&input);
	pane_size(&pane, width ? width : 1, 1 + input_byte(&input) % HEIGHT_MAX);
}

static void change_cap(void)
{
	record.cap = (size_t)256 << input_byte(&input) % 12;
}

static void use(void)
{
	run("use", input_byte(&input) & 1 ? SLICE("2") : SLICE("1"));
}

static void compare(void)
{
	struct bytes text;
	struct slice rest, line;
	struct entry *e = pane_selected(&pane);
	if (input_byte(&input) & 1)
		pane.marked = e && e->kind == ENTRY_EXCHANGE ? pane.selected : pane.marked;
	if (!e || pane.marked == RECORD_NONE)
		return;
	bytes_init(&text, LIMIT_FRAME_MOST);
	entry_compare(record_find(&record, pane.marked), e, pane.width, &text);
	for (rest = bytes_slice(&text); slice_line(&rest, &line);)
		check_text(line, SIZE_MAX);
	bytes_free(&text);
}

/* ---- what is written ---- */

static enum { NO_FILE, SAVED, COPIED } writing;
static bool lossy;
static size_t copied_width;

static struct slice path(void)
{
	static char name[256];
	snprintf(name, sizeof name, "%s/file", fuzz_home());
	return slice_str(name);
}

static void check_lines(struct slice text, size_t width)
{
	for (struct slice line; slice_line(&text, &line);)
		check_text(line, width);
}

static void check_file(void)
{
	struct bytes text;
	if (writing == NO_FILE || shell_exporting(shell))
		return;
	bytes_init(&text, LIMIT_FRAME_MOST);
	home_get("file", &text);
	if (writing == SAVED)
		saved_check(bytes_slice(&text), lossy);
	else
		check_lines(bytes_slice(&text), copied_width);
	writing = NO_FILE;
	bytes_free(&text);
}

static void save(void)
{
	const struct entry *e = pane_selected(&pane);
	const struct record_device *device =
		e ? e->device : shell->devices[shell->current]->recorded;
	if (shell_exporting(shell))
		return;
	unlink((const char *)path().at);
	size_t expected = saved_expect(&record, device, e ? e->id : 0, e ? e->id + 1 : record.ever);
	lossy = false;
	writing = SAVED;
	run("save", path());
	if (!expected)
		MUST(access((const char *)path().at, F_OK) != 0);
}

/* What is copied to be read controls no terminal. */
static void check_readable(const struct entry *e)
{
	struct bytes text;
	bytes_init(&text, LIMIT_FRAME_MOST);
	entry_readable(e, &text);
	MUST(!text.len || text.at[text.len - 1] == '\n');
	for (size_t i = 0; i < text.len; i++)
		if (text.at[i] == '\t' || text.at[i] == '\n')
			text.at[i] = ' ';
	MUST(text_is_plain(bytes_slice(&text)));
	bytes_free(&text);
}

static void copy(void)
{
	const struct entry *e = pane_chosen(&pane);
	if (shell_exporting(shell))
		return;
	if (e)
		check_readable(e);
	unlink((const char *)path().at);
	copied_width = pane.width;
	writing = COPIED;
	run("copy", path());
}

static void give_up(void)
{
	if (!shell_exporting(shell))
		return;
	MUST(shell_interrupt(shell) && !shell_exporting(shell));
	MUST(access((const char *)path().at, F_OK) != 0);
	writing = NO_FILE;
}

static void turn(void)
{
	fuzz_wait(input_byte(&input) * (int64_t)NS_PER_MS);
}

/* ---- a whole run ---- */

static void check_pane(void)
{
	check_file();
	MUST(pane.top <= record.ever && pane.selected <= record.ever);
	MUST(pane.marked == RECORD_NONE || pane.marked < record.ever);
	MUST(!pane.selecting || !record.count || pane.selected < record.ever);
}

static void do_next(void)
{
	static void (*const happens[])(void) = {
		add_command, add_event, add_text, add_waiting, pass_time, change_cap};
	static void (*const does[])(void) = {draw, move, go_far, choose, look, fold, filter, find,
		seek, go_to, resize, use, compare, save, copy, give_up, turn};
	enum { HAPPENS = sizeof happens / sizeof happens[0], DOES = sizeof does / sizeof does[0] };
	unsigned what = input_byte(&input);
	if (what < 128) {
		lossy |= shell_exporting(shell);
		if (added < ENTRIES_MAX)
			happens[what % HAPPENS]();
	} else {
		does[what % DOES]();
	}
	check_pane();
}

static bool open_frames(void)
{
	for (size_t i = 0; i < 2; i++) {
		frames[i] = fuzz_frame(input.at, input.len, &input);
		if (!frames[i])
			return false;
	}
	return true;
}

static void open_device(const char *name)
{
	struct error err;
	MUST(shell_open(shell, name, SLICE("192.0.2.1:9100"), NAMED_BY_ARGUMENT, &err));
	session_close(shell_now(shell)); /* a target has one line */
}

static void begin(void)
{
	added = held = replied = 0;
	now = (struct timespec){1700000000, 0};
	writing = NO_FILE;
	saved_begin();
	record_init(&record);
	change_cap();
	pane_init(&pane, &record, flags & UTF8);
	pane.look.breaks = pane.look.chooses = flags & BROKEN;
	resize();
	ui = (struct ui){.ops = flags & WINDOW ? &window : &lines,
		.pane = &pane,
		.utf8 = flags & UTF8,
		.interactive = true,
		.window = flags & WINDOW};
	shell = shell_new(fuzz_loop(), &context, &ui, false);
	open_device("pump1");
	if (flags & TWO_DEVICES)
		open_device("\xe6\xb8\xa9\x1b[2J a very long name");
	begun = true;
}

static void end(void)
{
	for (size_t i = 0; shell_exporting(shell); i++) {
		MUST(i < TURNS_MAX);
		fuzz_wait(NS_PER_MS);
	}
	check_file();
	draw();
	begun = false;
	shell_free(shell);
	pane_free(&pane);
	record_free(&record);
	saved_end();
	if (waits)
		exchange_free(waits);
	waits = NULL;
	fuzz_settle();
}

static void open_context(void)
{
	static struct options options;
	struct bytes shown;
	struct error err;
	setenv("TZ", "UTC0", 1);
	fuzz_home();
	bytes_init(&shown, LIMIT_MESSAGE);
	MUST(context_open(&context, &options, &shown, &err));
	bytes_free(&shown);
	for (size_t y = 0; y < HEIGHT_MAX; y++)
		bytes_init(&grid[y], LIMIT_FRAME_MOST);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	if (size > 20000)
		return 0;
	if (!context.book)
		open_context();
	input = slice_of(data, size);
	flags = input_byte(&input);
	if (open_frames()) {
		begin();
		while (input.len)
			do_next();
		end();
	}
	for (size_t i = 0; i < 2; i++) {
		frame_unref(frames[i]);
		frames[i] = NULL;
	}
	return 0;
}
