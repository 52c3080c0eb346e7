/* reference.c - the least that cutting frames out of a stream can cost: hand-written for one layout
 * each, nothing checked that need not be.  decode.sh measures wilco against it.
 *
 *   reference make MODE SIZE BYTES >stream     a stream of frames, payloads around SIZE bytes
 *   reference split MODE <stream               "N frames"
 *
 * MODE: delim (payload NUL), len (u16be length), lencrc (the same and CRC-16/MODBUS), slip.
 */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { READ = 256 * 1024, FRAME_MOST = 65536 };

static uint16_t crc_table[8][256];

static void crc_prepare(void)
{
	for (unsigned b = 0; b < 256; b++) {
		uint16_t c = (uint16_t)b;
		for (int i = 0; i < 8; i++)
			c = (uint16_t)(c & 1 ? c >> 1 ^ 0xA001 : c >> 1);
		crc_table[0][b] = c;
	}
	for (int k = 1; k < 8; k++)
		for (unsigned b = 0; b < 256; b++)
			crc_table[k][b] = (uint16_t)(crc_table[k - 1][b] >> 8 ^
						     crc_table[0][crc_table[k - 1][b] & 0xFF]);
}

static uint16_t crc_of(const uint8_t *at, size_t n)
{
	uint16_t c = 0xFFFF;
	for (; n >= 8; at += 8, n -= 8)
		c = crc_table[7][at[0] ^ (c & 0xFF)] ^ crc_table[6][at[1] ^ c >> 8] ^
		    crc_table[5][at[2]] ^ crc_table[4][at[3]] ^ crc_table[3][at[4]] ^
		    crc_table[2][at[5]] ^ crc_table[1][at[6]] ^ crc_table[0][at[7]];
	for (; n; at++, n--)
		c = (uint16_t)(c >> 8 ^ crc_table[0][(c ^ *at) & 0xFF]);
	return c;
}

/* ---- make ---- */

static size_t put_frame(char mode, int crc, const uint8_t *payload, size_t n, uint8_t *out)
{
	size_t to = 0;
	if (mode == 'd') {
		memcpy(out, payload, n);
		out[n] = 0;
		return n + 1;
	}
	if (mode == 'l') {
		out[0] = (uint8_t)(n >> 8);
		out[1] = (uint8_t)n;
		memcpy(out + 2, payload, n);
		uint16_t c = crc ? crc_of(out, n + 2) : 0;
		out[n + 2] = (uint8_t)c;
		out[n + 3] = (uint8_t)(c >> 8);
		return n + (crc ? 4 : 2);
	}
	for (size_t i = 0; i < n; i++) {
		int special = payload[i] == 0xC0 || payload[i] == 0xDB;
		if (special)
			out[to++] = 0xDB;
		out[to++] = !special ? payload[i] : payload[i] == 0xC0 ? 0xDC : 0xDD;
	}
	out[to++] = 0xC0;
	return to;
}

static int make(const char *mode, size_t size, size_t bytes)
{
	static uint8_t payload[FRAME_MOST], out[2 * FRAME_MOST + 8];
	unsigned state = 1;
	for (size_t made = 0; made < bytes;) {
		state = state * 1103515245 + 12345;
		size_t n = size / 2 + (state >> 8) % (size + 1);
		for (size_t i = 0; i < n; i++) {
			state = state * 1103515245 + 12345;
			payload[i] = (uint8_t)(1 + (state >> 16) % 255);
		}
		size_t length = put_frame(*mode, mode[3] == 'c', payload, n, out);
		if (fwrite(out, 1, length, stdout) != length)
			return 1;
		made += length;
	}
	return fflush(stdout) != 0;
}

/* ---- split ---- */

static size_t frames, wrong;

static const uint8_t *split_delim(const uint8_t *at, const uint8_t *end)
{
	const uint8_t *found;
	while ((found = memchr(at, 0, (size_t)(end - at)))) {
		frames++;
		at = found + 1;
	}
	return at;
}

static const uint8_t *split_len(const uint8_t *at, const uint8_t *end, int crc)
{
	size_t tail = crc ? 2 : 0;
	while (end - at >= 2) {
		size_t n = (size_t)(at[0] << 8 | at[1]);
		if ((size_t)(end - at) < 2 + n + tail)
			break;
		if (crc)
			wrong += crc_of(at, n + 2) != (at[n + 2] | at[n + 3] << 8);
		frames++;
		at += 2 + n + tail;
	}
	return at;
}

static const uint8_t *split_slip(const uint8_t *at, const uint8_t *end, uint8_t *plain)
{
	const uint8_t *found, *lead;
	while ((found = memchr(at, 0xC0, (size_t)(end - at)))) {
		size_t to = 0;
		while ((lead = memchr(at, 0xDB, (size_t)(found - at)))) {
			memcpy(plain + to, at, (size_t)(lead - at));
			to += (size_t)(lead - at);
			plain[to++] = lead[1] == 0xDC ? 0xC0 : 0xDB;
			at = lead + 2;
		}
		memcpy(plain + to, at, (size_t)(found - at));
		frames++;
		at = found + 1;
	}
	return at;
}

static int split(const char *mode)
{
	static uint8_t buffer[READ + 2 * FRAME_MOST], plain[READ + 2 * FRAME_MOST];
	size_t have = 0;
	ssize_t got;
	while ((got = read(0, buffer + have, READ)) > 0) {
		const uint8_t *end = buffer + have + got, *at;
		at = *mode == 'd'   ? split_delim(buffer, end)
		     : *mode == 'l' ? split_len(buffer, end, mode[3] == 'c')
				    : split_slip(buffer, end, plain);
		have = (size_t)(end - at);
		memmove(buffer, at, have);
	}
	printf("%zu frames\n", frames);
	return wrong != 0;
}

int main(int argc, char **argv)
{
	crc_prepare();
	if (argc == 5 && strcmp(argv[1], "make") == 0)
		return make(argv[2], strtoul(argv[3], NULL, 10), strtoul(argv[4], NULL, 10));
	if (argc == 3 && strcmp(argv[1], "split") == 0)
		return split(argv[2]);
	fprintf(stderr, "usage: reference make MODE SIZE BYTES | split MODE\n");
	return 2;
}
