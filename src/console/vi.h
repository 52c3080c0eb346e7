/* vi.h - when libedit can be asked which of vi's modes it is in.
 *
 * It tells nobody.  But a private key that is bound to one function where keys insert and to
 * another one where they are commands says it, if libedit looks that key up: so it must not come
 * where a command reads another key for itself, or in the middle of a sequence of keys.
 */
#ifndef WILCO_VI_H
#define WILCO_VI_H

#include <wchar.h>
#include <wilco/bytes.h>

enum { VI_SEQUENCES_MAX = 64, VI_SEQUENCE_MAX = 16, VI_KEYS = 128 };

struct vi_keys {
	bool takes[VI_KEYS]; /* a key whose command reads the next one, which is text then */
	struct vi_sequence {
		uint8_t keys[VI_SEQUENCE_MAX];
		size_t count;
	} sequences[VI_SEQUENCES_MAX], begun; /* begun: what was typed of one */
	size_t count;
	bool taken; /* the next key belongs to the last one */
};

void vi_init(struct vi_keys *v);
/* Notes a line of ~/.editrc that binds keys to a function, or has them type something. */
void vi_bound(struct vi_keys *v, struct slice keys, const char *function, bool types);
/* Takes a key that libedit got, and says whether it looks up the next one. */
bool vi_looks_up(struct vi_keys *v, wchar_t key);

#endif
