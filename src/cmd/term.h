/* term.h - terminal mode without its screen: a device has the line to itself, key by key, and what
 * passes goes into the record.  The screen (src/console/) shows the bytes and gives the keys. */
#ifndef WILCO_TERM_H
#define WILCO_TERM_H

#include <wilco/bytes.h>
#include <wilco/error.h>

struct shell;
struct session;
struct term;

/* Begins it for the current device, which is told the size of the terminal where it can be.  A
 * command that waits is given up, and lines that wait are dropped; came() gets what the device
 * says.  NULL: err says why not. */
struct term *term_begin(struct shell *sh, unsigned columns, unsigned rows,
	void (*came)(void *owner, struct slice bytes), void *owner, struct error *err);
void term_end(struct term *t); /* NULL is allowed */
/* Sends the file of this path, or receives into this folder (xmodem: into this file), as
 * transfer_upload() and transfer_download() do it: until over() is called, which gets what was said
 * of it, the emulation gets nothing.  False: err says why it does not begin. */
bool term_transfer(struct term *t, bool upload, struct slice protocol, struct slice path,
	void (*over)(void *owner, struct slice said), struct error *err);
struct session *term_session(const struct term *t);

#endif
