/* dump.c - wilco dump [FILE]: the dump of any bytes, as the console shows them. */
#include "base/dump.h"
#include "base/fd.h"
#include "base/text.h"
#include "cli/cli.h"
#include "cli/out.h"
#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

enum { PIECE = 1 << 16, SHORT_FILE = 1 << 16 };

struct dump {
	int fd;
	uint64_t offset; /* of the next row */
	bool wide;       /* its offsets have 8 digits */
	uint8_t bytes[PIECE];
	size_t len; /* those of a row that is not complete */
};

/* Writes the rows that are complete, at the end also the last one, and keeps the rest. */
static void write_rows(struct dump *d, bool ends)
{
	size_t some = ends ? d->len : d->len - d->len % DUMP_ROW;
	dump_add_lines(out_begin(), d->offset, slice_of(d->bytes, some), d->wide);
	d->offset += some;
	d->len -= some;
	memmove(d->bytes, d->bytes + some, d->len);
}

/* Only a short file whose size is known has offsets of 4 digits: all rows have the same columns. */
static bool is_long(int fd)
{
	struct stat s;
	return fstat(fd, &s) || !S_ISREG(s.st_mode) || s.st_size > SHORT_FILE;
}

/* Returns 0 at the end of the bytes, else the errno of what stopped it. */
static int dump_all(struct dump *d)
{
	ssize_t n;
	while ((n = fd_read(d->fd, d->bytes + d->len, PIECE - d->len)) > 0 && !out_failed()) {
		d->len += (size_t)n;
		write_rows(d, false);
		if (n < PIECE / 2)
			out_flush(); /* whoever reads slowly is seen at once */
	}
	int error = n < 0 ? errno : 0;
	write_rows(d, true);
	return error;
}

static enum status run(struct cli *cli)
{
	static struct dump d;
	const char *name = cli->count ? cli->words[0] : "-";
	bool standard = slice_is(slice_str(name), "-");
	struct error err;
	d.fd = standard ? STDIN_FILENO : open(name, O_RDONLY | O_CLOEXEC | O_NOCTTY);
	int error = errno;
	if (d.fd >= 0) {
		d.wide = is_long(d.fd);
		error = dump_all(&d);
	}
	if (d.fd >= 0 && !standard)
		close(d.fd);
	if (!error)
		return STATUS_OK;
	error_set(&err, STATUS_USAGE, "cannot read %s: %s",
		standard ? "standard input" : quote(slice_str(name)).text, strerror(error));
	return cli_error(&err, SLICE(""));
}

const struct cli_command cli_dump = {.name = "dump",
	.args = "[FILE]",
	.help = "hex and ASCII of a file or of standard input",
	.about = "Prints the bytes of a file, or of standard input: offset, hex and ASCII.",
	.example = "dump firmware.bin",
	.most = 1,
	.by = BY_DUMP,
	.words = {WORD_FILE, WORD_ANY},
	.run = run};
