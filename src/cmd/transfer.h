/* transfer.h - files go to a device and come from it with ZMODEM, YMODEM or XMODEM: sz, rz and
 * their sisters (the package lrzsz) have the line meanwhile (piped.h). */
#ifndef WILCO_CMD_TRANSFER_H
#define WILCO_CMD_TRANSFER_H

#include "cmd/piped.h"
#include <wilco/bytes.h>
#include <wilco/error.h>

struct shell;

/* Sends a file to the current device.  protocol: one of transfer_protocol(), empty: zmodem.  `over`
 * (may be NULL) is called when the line is given back.  False: err says why it does not begin, and
 * `over` is not called. */
bool transfer_upload(struct shell *sh, struct slice file, struct slice protocol, piped_over *over,
	void *arg, struct error *err);
/* Receives the files that the current device sends into a folder (empty: the one we are in).  A
 * file that is there already stays, and the new one gets a number.  name: that of the file, which
 * xmodem does not tell; empty with the others. */
bool transfer_download(struct shell *sh, struct slice protocol, struct slice name,
	struct slice folder, piped_over *over, void *arg, struct error *err);
/* Returns the index-th protocol; NULL at the end. */
const char *transfer_protocol(const void *unused, size_t index);

#endif
