/* paste.h - words that are printed to be pasted: a command to try, the name of a device or a file.
 *
 * A person who pastes does not read every byte, and a device may have chosen them.  So a word
 * reaches a shell as one word or not at all, whatever is in it.  sh, bash, zsh and ksh read the
 * same bytes again; csh and fish, which do not know $'...', refuse the words that need it.
 */
#ifndef WILCO_PASTE_H
#define WILCO_PASTE_H

#include <wilco/bytes.h>

/* Says whether the byte has no meaning of its own for any shell, even outside of quotes. */
bool paste_plain(uint8_t byte);

/* Adds the word as it is typed into a shell: unquoted where no shell minds a byte of it, else
 * quoted. The result is printable, and ASCII with TEXT_ASCII (text.h).  A NUL, which no word of a
 * shell can hold, ends the word there.  Returns false when it does not fit below out's cap (then a
 * part is added). */
bool paste_add(struct bytes *out, struct slice word, unsigned flags);

enum { PASTED_MAX = 256 };
struct pasted {
	char text[PASTED_MAX];
};
/* Gives the word for a message, in ASCII: printf("%s", paste(word).text).  A word that is too long
 * becomes "...", because a part of it would be another word. */
struct pasted paste(struct slice word);

#endif
