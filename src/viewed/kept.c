/* kept.c - see kept.h. */
#include "viewed/kept.h"

#include "base/fd.h"
#include "play/source.h"
#include <errno.h>
#include <unistd.h>
#include <wilco/limits.h>

/* Of the file that is in memory. */
enum { WINDOW = 256 * 1024 };

bool kept_begin(struct kept *k, const char *what, struct error *err)
{
	*k = (struct kept){.fd = source_nameless()};
	bytes_init(&k->out, LIMIT_FRAME_MOST);
	bytes_init(&k->window, LIMIT_FRAME_MOST);
	return k->fd >= 0 || error_set(err, STATUS_OUTPUT, "cannot keep what is in %s: %s", what,
				     strerror(errno));
}

void kept_end(struct kept *k)
{
	if (k->fd >= 0)
		close(k->fd);
	bytes_free(&k->out);
	bytes_free(&k->window);
}

void kept_again(struct kept *k)
{
	bytes_clear(&k->out);
	bytes_clear(&k->window);
	k->full = k->full || ftruncate(k->fd, 0) < 0 || lseek(k->fd, 0, SEEK_SET) < 0;
	k->written = k->from = k->at = 0;
}

static void flush(struct kept *k)
{
	if (!k->full && !fd_write(k->fd, bytes_slice(&k->out), FD_FOR_EVER)) {
		k->full = true;
		k->why = errno;
	}
	k->written += k->full ? 0 : k->out.len;
	bytes_clear(&k->out);
}

void kept_add(struct kept *k, struct kept_piece piece, struct slice bytes)
{
	if (k->full)
		return;
	piece.len = (uint32_t)bytes.len;
	bytes_add(&k->out, slice_of(&piece, sizeof piece));
	bytes_add(&k->out, bytes);
	if (k->out.len >= WINDOW)
		flush(k);
}

bool kept_is_ahead(const struct kept *k)
{
	return k->at < k->written + k->out.len;
}

/* Has so many bytes from the next piece on in the window; false: there are not so many yet. */
static bool has(struct kept *k, size_t count)
{
	size_t skip = (size_t)(k->at - k->from);
	if (k->at >= k->from && k->window.len >= skip + count)
		return true;
	if (k->at + count > k->written)
		flush(k);
	if (k->at + count > k->written)
		return false;
	size_t want = count > WINDOW ? count : WINDOW, got = 0;
	bytes_clear(&k->window);
	k->from = k->at;
	uint8_t *to = bytes_space(&k->window, want);
	ssize_t n = 1;
	while (got < want && (n = pread(k->fd, to + got, want - got, (off_t)(k->at + got))) != 0)
		if (n > 0)
			got += (size_t)n;
		else if (errno != EINTR)
			break;
	k->window.len = got;
	return got >= count;
}

bool kept_next(struct kept *k, struct kept_piece *piece, struct slice *bytes)
{
	if (!has(k, sizeof *piece))
		return false;
	memcpy(piece, k->window.at + (k->at - k->from), sizeof *piece);
	if (!has(k, sizeof *piece + piece->len))
		return false;
	*bytes = slice_of(k->window.at + (k->at - k->from) + sizeof *piece, piece->len);
	k->at += sizeof *piece + piece->len;
	return true;
}

bool kept_left_out(const struct kept *k, struct bytes *out)
{
	return k->full &&
	       bytes_addf(out, "the rest cannot be kept (TMPDIR says where): %s", strerror(k->why));
}
