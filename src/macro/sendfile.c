/* sendfile.c - `.sendfile FILE [RATE]`: sends a file as it is, without the frame. */
#include "base/mem.h"
#include "base/number.h"
#include "base/paths.h"
#include "base/text.h"
#include "macro/request.h"
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

static bool read_sendfile(struct order *o, const struct reading *r, struct error *err);

const struct verb verb_sendfile = {
	.name = "sendfile",
	.places = PLACE_PROMPT | PLACE_COMMAND | PLACE_DEVICE | PLACE_PLAY,
	.args = "FILE [RATE]",
	.help = "send a file as it is, without the frame; at most RATE bytes a second",
	.examples = ".sendfile job.prn\n.sendfile firmware.hex 2K",
	.kind = ORDER_SEND,
	.read = read_sendfile,
};

static const uint64_t RATE_MOST = UINT64_C(1) << 40;

/* Has people read which file it is. */
static void make(struct order *o, struct slice name, char *path)
{
	struct request_file *f = mem_new(sizeof *f);
	f->name = mem_strn(name.at, name.len);
	f->path = path;
	o->kind = ORDER_SEND;
	o->file = f;
	o->wire = o->tell = true;
	bytes_addf(&o->payload, "(file %s)", f->name);
}

void order_make_file(struct order *o, const char *name, bool ends)
{
	bool standard = strcmp(name, "-") == 0;
	order_plain(o, SLICE(""));
	make(o, slice_str(standard ? "/dev/stdin" : name), mem_str(name));
	o->file->standard = standard;
	o->file->ends = ends;
}

void order_forget_file(struct order *o)
{
	free(o->file->path);
	free(o->file->name);
	free(o->file);
	o->file = NULL;
}

/* A name that the system does not know is refused by who opens it. */
bool order_repeats(const struct order *o, struct error *err)
{
	struct stat st;
	if (!o->file || stat(o->file->path, &st) < 0 || !S_ISFIFO(st.st_mode))
		return true;
	return error_set(err, STATUS_USAGE,
		"%s is a pipe, which is read once: each of several devices would get a part of it",
		quote(slice_str(o->file->name)).text);
}

/* Says whether the file is what the lines are read from: it would have the rest of them. */
static bool is_input(const char *path)
{
	struct stat st, input;
	return stat(path, &st) == 0 && fstat(STDIN_FILENO, &input) == 0 && !S_ISREG(st.st_mode) &&
	       st.st_dev == input.st_dev && st.st_ino == input.st_ino;
}

static bool read_words(struct order *o, const struct reading *r, const struct slice *words,
	int count, struct error *err)
{
	uint64_t rate = 0;
	if (!count || !words[0].len)
		return error_at(err, 0, 0, ".sendfile needs the name of a file: .sendfile job.prn");
	if (memchr(words[0].at, 0, words[0].len))
		return error_at(err, 0, o->rest.len, "the name of a file has no NUL byte");
	if (r->names && r->names->secret)
		return error_at(err, 0, o->rest.len,
			"a secret cannot be a part of a file's name, which is shown");
	if (count > 1 &&
		!size_parse(words[1], "the bytes a second of .sendfile", RATE_MOST, &rate, err))
		return false;
	make(o, words[0], path_named(words[0]));
	o->file->rate = rate;
	bool lines =
		r->place & PLACE_PIPE || (r->place & PLACE_COMMAND && !(r->flags & ORDER_EXACT));
	return !lines || !is_input(o->file->path) ||
	       error_at(err, 0, o->rest.len,
		       "standard input has the lines, and cannot be the file, too");
}

static bool read_sendfile(struct order *o, const struct reading *r, struct error *err)
{
	struct bytes store;
	struct slice words[2];
	bytes_init(&store, LIMIT_LINE);
	int count = args_split(o->rest, r->names, &store, words, 2, err);
	bool good = count >= 0 && read_words(o, r, words, count, err);
	bytes_free(&store);
	return good;
}
