/* export.c - see export.h. */
#include "cmd/export.h"

#include "base/mem.h"
#include "base/number.h"
#include "cmd/cmd.h"
#include <stdlib.h>

enum { PIECE = 64 * 1024, RETRY_MS = 20 };

/* Adds "saving to x: 34 %", or the bytes written where nobody knows how many there will be. */
static void add_progress(const void *arg, struct bytes *out)
{
	const struct export *e = arg;
	bytes_addf(out, "%s %s: ", e->source->doing, shell_paste(e->shell, e->file.path));
	if (e->all)
		bytes_addf(out, "%u %%", (unsigned)(e->at * 100 / e->all));
	else
		bytes_addf(out, "%llu bytes", (unsigned long long)e->bytes);
}

bool export_progress(const struct shell *sh, struct bytes *out)
{
	const struct export *e = sh->export;
	if (!e || !headway_takes_long(&e->progress))
		return false;
	add_progress(e, out);
	return true;
}

/* Ends the export, whose file is closed already. */
static void end(struct export *e)
{
	loop_timer_stop(&e->timer);
	e->shell->export = NULL;
	e->source->free(e->arg);
	bytes_free(&e->piece);
	free(e);
}

static bool export_fail(struct export *e, struct error *err)
{
	if (e->file.path && !path_cancel(&e->file))
		error_hint(err, PATH_PART_STAYS);
	end(e);
	return false;
}

/* Says what the file lacks that somebody might miss. */
static void add_missing(const struct export *e, struct bytes *out)
{
	if (e->gone)
		bytes_addf(out, ", without %llu command%s no longer in memory",
			(unsigned long long)e->gone, plural(e->gone));
	if (e->left_out)
		bytes_addf(out, ", without %llu line%s of more than %d bytes (.log keeps all)",
			(unsigned long long)e->left_out, plural(e->left_out), LIMIT_LINE);
}

static bool succeed(struct export *e, struct error *err)
{
	char *path = mem_str(e->file.path);
	struct bytes missing;
	bool good = path_end(&e->file, err);
	bytes_init(&missing, LIMIT_MESSAGE);
	add_missing(e, &missing);
	if (good)
		shell_say(e->shell, "%s %s%s", e->source->done, shell_paste(e->shell, path),
			bytes_str(&missing));
	bytes_free(&missing);
	free(path);
	if (!good)
		return export_fail(e, err);
	end(e);
	return true;
}

static bool compose(struct export *e, struct error *err)
{
	bytes_clear(&e->piece);
	e->written = 0;
	*err = (struct error){0};
	while (!e->ended && e->piece.len < PIECE)
		e->ended = !e->source->next(e->arg, e, err);
	/* A part of something would look like the whole. */
	if (!err->what[0] && e->piece.over)
		error_set(err, STATUS_OUTPUT,
			"something in it is spelled with more than %zu bytes: .log keeps it",
			e->piece.max);
	return !err->what[0];
}

/* Writes one piece; false: that failed, and the export is over. */
static bool export_step(struct export *e, struct error *err)
{
	if (e->written == e->piece.len && !compose(e, err))
		return export_fail(e, err);
	struct slice rest = slice_cut(bytes_slice(&e->piece), e->written, e->piece.len);
	if (!path_add(&e->file, &rest, err))
		return export_fail(e, err);
	e->bytes += e->piece.len - rest.len - e->written;
	e->written = e->piece.len - rest.len;
	if (!rest.len && e->ended)
		return succeed(e, err);
	headway_tell(&e->progress, e->shell, add_progress, e);
	/* A pipe with a slow reader takes the rest later. */
	loop_timer_set(&e->timer, rest.len ? RETRY_MS * (int64_t)NS_PER_MS : 0);
	return true;
}

static void on_turn(void *arg)
{
	struct export *e = arg;
	struct shell *sh = e->shell;
	struct error err;
	if (!export_step(e, &err))
		shell_complain(sh, &err, SLICE(""));
	/* Whoever waits for the file goes on. */
	if (!sh->export)
		shell_refresh(sh);
}

bool export_begin(struct shell *sh, struct slice path, enum path_mode mode,
	const struct export_source *source, void *arg, struct error *err)
{
	struct path_file file = {0};
	char *name = path_named(path);
	bool good = sh->export ? error_set(err, STATUS_USAGE,
					 "another file is still being written: Ctrl-C stops that")
			       : path_begin(&file, name, mode, err);
	free(name);
	if (!good) {
		source->free(arg);
		return false;
	}
	struct export *e = mem_new(sizeof *e);
	*e = (struct export){.shell = sh, .file = file, .source = source, .arg = arg};
	headway_begin(&e->progress, sh);
	bytes_init(&e->piece, LIMIT_FRAME_MOST);
	loop_timer_init(&e->timer, sh->loop, on_turn, e);
	sh->export = e;
	return export_step(e, err);
}

bool export_give_up(struct shell *sh)
{
	struct export *e = sh->export;
	if (!e)
		return false;
	const char *doing = e->source->doing;
	char *path = mem_str(e->file.path);
	bool regular = e->file.regular, undone = path_cancel(&e->file);
	end(e);
	shell_print(sh, UI_NOTE, "%s %s: given up%s", doing, shell_paste(sh, path),
		!regular ? ""
		: undone ? ", the file is as it was"
			 : ", " PATH_PART_STAYS);
	free(path);
	shell_refresh(sh);
	return true;
}
