/* transfer.c - see transfer.h.
 *
 * What a device sends is received in a new, hidden folder inside the one that was named, and moved
 * from there when it is whole: so no name that the device chooses leads elsewhere, replaces a file
 * or begins with a dot or a dash, and no mode that it chooses makes a program of a file.
 */
#include "cmd/transfer.h"

#include "base/mem.h"
#include "base/paste.h"
#include "base/paths.h"
#include "base/text.h"
#include "cmd/cmd.h"
#include "cmd/headway.h"
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

enum { WORDS_MAX = 10, NAMED_ALIKE_MAX = 999 };
/* More cancels than any of the protocols wants, and what erases them where a shell gets them. */
#define CANCEL "\x18\x18\x18\x18\x18\x18\x18\x18\b\b\b\b\b\b\b\b"
enum { FILE_MODE = 0666, MODE_MASK = 0777 };

static const struct protocol {
	const char *name, *sends, *receives;
	const char *block; /* an option for blocks of 1 KiB, which all receivers of it know; NULL */
	bool any_flow;     /* it escapes the bytes of XON and XOFF */
} protocols[] = {
	{"zmodem", "sz", "rz", NULL, true},
	{"ymodem", "sb", "rb", "-k", false},
	{"xmodem", "sx", "rx", NULL, false},
};
enum { PROTOCOLS = sizeof protocols / sizeof protocols[0], ZMODEM = 0, XMODEM = 2 };

const char *transfer_protocol(const void *unused, size_t index)
{
	(void)unused;
	return index < PROTOCOLS ? protocols[index].name : NULL;
}

struct transfer {
	struct piped_job job; /* first */
	const char *words[WORDS_MAX];
	size_t word_count;
	char *file;    /* that is sent; NULL: files are received */
	char *folder;  /* where they shall be, */
	char *inside;  /* and where they are received */
	char *name;    /* of the one that is received; NULL: the device tells it */
	uint64_t size; /* of that which is sent */
	bool skipped;  /* the device did not want it */
	size_t kept;   /* files that were received */
};

static void add_word(struct transfer *t, const char *word)
{
	t->words[t->word_count++] = word;
}

static void transfer_free(struct transfer *t)
{
	free(t->file);
	free(t->folder);
	free(t->inside);
	free(t->name);
	free(t);
}

/* ---- what may begin ---- */

static const struct protocol *protocol_of(struct slice name, struct error *err)
{
	char list[64];
	if (!name.len)
		return &protocols[ZMODEM];
	int found = table_exact(name, transfer_protocol, NULL);
	if (found >= 0)
		return &protocols[found];
	error_set(err, STATUS_USAGE, "no protocol '%s'; there are %s", quote(name).text,
		table_list(SLICE(""), transfer_protocol, NULL, list, sizeof list));
	return NULL;
}

/* Says whether PATH leads to a program. */
static bool is_there(const char *program)
{
	const char *all = getenv("PATH");
	struct bytes path;
	bool there = false;
	bytes_init(&path, LIMIT_MESSAGE);
	for (struct slice rest = slice_str(all ? all : ""); rest.len && !there;) {
		const uint8_t *colon = memchr(rest.at, ':', rest.len);
		size_t n = colon ? (size_t)(colon - rest.at) : rest.len;
		bytes_clear(&path);
		bytes_add(&path, slice_cut(rest, 0, n));
		bytes_addf(&path, "/%s", program);
		there = n && access(bytes_str(&path), X_OK) == 0;
		rest = slice_cut(rest, n + (colon != NULL), rest.len);
	}
	bytes_free(&path);
	return there;
}

static bool line_fits(const struct session *s, const struct protocol *p, struct error *err)
{
	const struct address *a = session_address(s);
	const struct setting *at = session_settings(s)->at;
	bool serial = address_byte_time(a) > 0;
	if (address_datagrams(a))
		return error_set(err, STATUS_USAGE,
			"a file needs a line that loses nothing, and this one has datagrams");
	if (serial && SERIAL_BITS(at[SET_MODE].value) < 8)
		return error_set(err, STATUS_USAGE,
			"a file needs bytes of 8 bits: .set mode=8N1, if the device has that, too");
	return !(serial && at[SET_FLOW].value == FLOW_XONXOFF && !p->any_flow) ||
	       error_set(err, STATUS_USAGE,
		       "with flow=xonxoff bytes 11 and 13 do not pass, which %s needs: use zmodem, "
		       "or "
		       ".set flow=none",
		       p->name);
}

static bool may_begin(struct shell *sh, const struct protocol *p, const char *verb,
	const char *program, struct error *err)
{
	const struct session *s = shell_session(sh, err);
	if (!s || !transport_may_run(verb, err) || !line_fits(s, p, err))
		return false;
	return is_there(program) ||
	       (error_set(err, STATUS_USAGE, "%s is not installed, which does %s", program,
			p->name) ||
		       error_hint(err, "apt-get install lrzsz"));
}

/* ---- while it runs ---- */

/* What says nothing new to whoever reads what wilco says. */
static bool is_usual(struct slice line)
{
	static const char usual[][24] = {"Sending: ", "Receiving: ", "Transfer ",
		"Bytes Sent:", "Bytes received:", "rx: ready to receive", "Ymodem sectors",
		"Xmodem sectors", "Give your local", "rz waiting", "rb waiting"};
	for (size_t i = 0; i < sizeof usual / sizeof usual[0]; i++)
		if (slice_starts(line, slice_str(usual[i])))
			return true;
	return !slice_trim(line).len;
}

static bool on_said(struct piped_job *job, const char *line)
{
	struct transfer *t = (struct transfer *)job;
	t->skipped |= strstr(line, "skipped: ") != NULL;
	/* The end by a signal is told anyway. */
	return strstr(line, ": caught signal ") || is_usual(slice_str(line));
}

static const char *base_name(const char *path)
{
	const char *slash = strrchr(path, '/');
	return slash ? slash + 1 : path;
}

/* A receiver says how much there is: "Bytes received:  12288/1048576   BPS:...". */
static uint64_t size_of(const struct transfer *t, const char *row, uint64_t *done)
{
	unsigned long long came, all = 0;
	if (t->file)
		return t->size;
	if (sscanf(row, "Bytes received: %llu/%llu", &came, &all) == 2)
		*done = came;
	return all;
}

static void add_progress(const struct piped_job *job, const struct piped_count *count,
	const struct headway *h, const char *row, struct bytes *out)
{
	const struct transfer *t = (const struct transfer *)job;
	uint64_t done = t->file ? count->sent : count->came, all = size_of(t, row, &done);
	bytes_add_str(out, t->file ? "upload: " : "download: ");
	if (done)
		headway_add_rate(h, done < all || !all ? done : all, all, out);
	else
		bytes_add_str(out, "waiting for the device");
	bytes_add_str(out, ", Ctrl-C ends");
	if (t->file)
		bytes_addf(out, ": %s", base_name(t->file));
}

/* ---- an upload ---- */

static enum status status_of(const struct piped_end *end, bool good)
{
	return end->interrupted ? STATUS_INTERRUPT : end->why || !good ? STATUS_REPLY : STATUS_OK;
}

static const char *add_gone(const struct piped_end *end)
{
	return end->gone ? ": the line was closed" : "";
}

static enum status tell_upload(const struct transfer *t, struct opened *device,
	const struct piped_end *end, struct bytes *said)
{
	const char *file = shell_paste(device->shell, base_name(t->file));
	if (end->interrupted) {
		bytes_addf(said, "%s was not uploaded: Ctrl-C ended it", file);
	} else if (end->why) {
		bytes_addf(said, "%s was not uploaded%s: %s", file, add_gone(end), end->why);
	} else if (t->skipped) {
		bytes_addf(said,
			"%s was not uploaded: the device skipped it; it may have a file of that "
			"name",
			file);
	} else {
		bytes_addf(said, "%s is uploaded: ", file);
		headway_add_rate(end->headway, t->size, 0, said);
	}
	return status_of(end, !t->skipped);
}

/* ---- a download ---- */

/* Adds a name that harms no shell: what the device called it, without what controls a terminal, and
 * without a dot or a dash at its beginning. */
static void add_safe_name(struct slice name, struct bytes *out)
{
	while (name.len) {
		uint32_t code;
		size_t n = text_decode(name, &code);
		bool first = !out->len && (*name.at == '.' || *name.at == '-');
		if (first || *name.at == '/' || text_width(code) == 0)
			bytes_add_byte(out, '_');
		else
			bytes_add(out, slice_cut(name, 0, n));
		name = slice_cut(name, n, name.len);
	}
}

/* Moves a file to where no other one is: to its name, or with a number behind it. */
static bool move(const char *from, int into, const char *name, struct bytes *as)
{
	for (int i = 0; i <= NAMED_ALIKE_MAX; i++) {
		bytes_clear(as);
		bytes_add_str(as, name);
		if (i)
			bytes_addf(as, ".%d", i);
		if (renameat2(AT_FDCWD, from, into, bytes_str(as), RENAME_NOREPLACE) == 0)
			return true;
		if (errno != EEXIST)
			break;
	}
	return false;
}

/* What becomes of a file that was received. */
struct keeping {
	struct transfer *transfer;
	struct shell *shell;
	int into;
	bool whole;
	struct bytes *said;
};

static void keep_file(const struct keeping *k, const char *found)
{
	struct transfer *t = k->transfer;
	struct bytes from, name, as;
	struct stat it;
	bytes_init(&from, LIMIT_MESSAGE);
	bytes_init(&name, LIMIT_MESSAGE);
	bytes_init(&as, LIMIT_MESSAGE);
	bytes_addf(&from, "%s/%s", t->inside, found);
	add_safe_name(slice_str(t->name ? t->name : found), &name);
	bytes_add_str(&name, k->whole ? "" : ".part");
	bool regular = lstat(bytes_str(&from), &it) == 0 && S_ISREG(it.st_mode);
	mode_t mask = umask(MODE_MASK);
	umask(mask);
	if (regular && chmod(bytes_str(&from), FILE_MODE & ~mask) == 0 &&
		move(bytes_str(&from), k->into, bytes_str(&name), &as)) {
		t->kept++;
		bool same = slice_equal(bytes_slice(&as), bytes_slice(&name));
		bytes_addf(k->said, "%s%s: %lld bytes%s\n",
			k->whole ? "downloaded " : "not whole: ",
			shell_paste(k->shell, bytes_str(&as)), (long long)it.st_size,
			same ? "" : ", as that name was taken");
	} else if (regular) {
		bytes_addf(k->said, "%s stays in %s: %s\n", quote(slice_str(found)).text,
			shell_paste(k->shell, t->inside), strerror(errno));
	}
	bytes_free(&from);
	bytes_free(&name);
	bytes_free(&as);
}

/* Moves what was received; a hidden folder with something left in it stays. */
static void keep_files(struct transfer *t, struct shell *sh, bool whole, struct bytes *said)
{
	DIR *inside = opendir(t->inside);
	const struct keeping k = {.transfer = t,
		.shell = sh,
		.into = open(t->folder, O_PATH | O_DIRECTORY | O_CLOEXEC),
		.whole = whole,
		.said = said};
	for (const struct dirent *each; inside && k.into >= 0 && (each = readdir(inside));)
		if (strcmp(each->d_name, ".") != 0 && strcmp(each->d_name, "..") != 0)
			keep_file(&k, each->d_name);
	if (inside)
		closedir(inside);
	if (k.into >= 0)
		close(k.into);
	rmdir(t->inside);
}

static enum status tell_download(
	struct transfer *t, struct opened *device, const struct piped_end *end, struct bytes *said)
{
	keep_files(t, device->shell, !end->why && !end->interrupted, said);
	if (end->interrupted)
		bytes_add_str(said, "the download was ended by Ctrl-C");
	else if (end->why)
		bytes_addf(said, "the download failed%s: %s", add_gone(end), end->why);
	else if (!t->kept)
		bytes_add_str(said, "the device sent no file");
	return status_of(end, t->kept);
}

/* ---- beginning and end ---- */

static enum status ended(struct piped_job *job, struct opened *device, const struct piped_end *end,
	struct bytes *said)
{
	struct transfer *t = (struct transfer *)job;
	enum status status =
		t->file ? tell_upload(t, device, end, said) : tell_download(t, device, end, said);
	transfer_free(t);
	return status;
}

/* env has lrzsz speak English, as its lines are read here. */
static struct transfer *transfer_new(const struct protocol *p, const char *program)
{
	struct transfer *t = mem_new(sizeof *t);
	t->job = (struct piped_job){.words = t->words,
		.binary = true,
		.cancel = CANCEL,
		.blocks = p != &protocols[ZMODEM],
		.said = on_said,
		.progress = add_progress,
		.ended = ended};
	add_word(t, "env");
	add_word(t, "LC_ALL=C");
	add_word(t, program);
	add_word(t, "-b");
	return t;
}

/* A name that begins with a dash is no option. */
static char *file_named(struct slice file)
{
	char *path = path_named(file), *dotted;
	if (*path != '-' || asprintf(&dotted, "./%s", path) < 0)
		return path;
	free(path);
	return dotted;
}

static bool look_at_file(struct transfer *t, struct error *err)
{
	struct stat it;
	const char *why = stat(t->file, &it) < 0      ? strerror(errno)
			  : !S_ISREG(it.st_mode)      ? "it is no file"
			  : access(t->file, R_OK) < 0 ? strerror(errno)
						      : NULL;
	t->size = why ? 0 : (uint64_t)it.st_size;
	return !why || error_set(err, STATUS_USAGE, "cannot upload '%s': %s",
			       quote(slice_str(t->file)).text, why);
}

bool transfer_upload(struct shell *sh, struct slice file, struct slice protocol, piped_over *over,
	void *arg, struct error *err)
{
	const struct protocol *p = protocol_of(protocol, err);
	if (!p || !may_begin(sh, p, ".upload", p->sends, err))
		return false;
	struct transfer *t = transfer_new(p, p->sends);
	t->file = file_named(file);
	if (p->block)
		add_word(t, p->block);
	add_word(t, t->file);
	if (look_at_file(t, err) && piped_start(sh, &t->job, over, arg, err))
		return true;
	transfer_free(t);
	return false;
}

/* Makes the hidden folder, which only its owner enters. */
static bool make_inside(struct transfer *t, struct error *err)
{
	if (asprintf(&t->inside, "%s/.wilco-XXXXXX", t->folder) < 0)
		t->inside = NULL;
	if (t->inside && mkdtemp(t->inside))
		return true;
	return error_set(err, STATUS_USAGE, "cannot download into '%s': %s",
		quote(slice_str(t->folder)).text, strerror(errno));
}

static bool name_fits(const struct protocol *p, struct slice name, struct error *err)
{
	bool xmodem = p == &protocols[XMODEM];
	if (!xmodem && name.len)
		return error_set(err, STATUS_USAGE,
			"%s tells the names of the files; only xmodem needs one", p->name);
	if (xmodem && !name.len)
		return error_set(err, STATUS_USAGE,
			"xmodem does not tell the name of the file: .download xmodem NAME");
	return !memchr(name.at, '/', name.len) ||
	       error_set(err, STATUS_USAGE,
		       "'%s' has a folder in it: .download xmodem NAME into "
		       "FOLDER",
		       quote(name).text);
}

bool transfer_download(struct shell *sh, struct slice protocol, struct slice name,
	struct slice folder, piped_over *over, void *arg, struct error *err)
{
	const struct protocol *p = protocol_of(protocol, err);
	if (!p || !name_fits(p, name, err) || !may_begin(sh, p, ".download", p->receives, err))
		return false;
	struct transfer *t = transfer_new(p, p->receives);
	add_word(t, "--restricted");
	if (name.len) {
		t->name = mem_strn(name.at, name.len);
		add_word(t, "received");
	}
	t->folder = folder.len ? path_named(folder) : mem_str(".");
	if (make_inside(t, err)) {
		t->job.folder = t->inside;
		if (piped_start(sh, &t->job, over, arg, err))
			return true;
		rmdir(t->inside);
	}
	transfer_free(t);
	return false;
}
