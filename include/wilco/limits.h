/* limits.h - the caps of everything that grows with what a device, a file or a user sends. */
#ifndef WILCO_LIMITS_H
#define WILCO_LIMITS_H

enum {
	LIMIT_LINE = 64 * 1024,                /* a line of the language, a command, bytes */
	LIMIT_ADDRESS = 4096,                  /* an address, which is also a device's name */
	LIMIT_HOST = 255,                      /* a host in an address; RFC 1035, 2.3.4 */
	LIMIT_FRAME = 1024 * 1024,             /* a frame: the default of the setting `max` */
	LIMIT_FRAME_MOST = 1024 * 1024 * 1024, /* the highest value of the setting `max` */
	/* bytes of a stream that belong to no frame yet: a whole frame and the read that ended
	 * it */
	LIMIT_PENDING = LIMIT_FRAME_MOST + 512 * 1024,
	LIMIT_FILE = 16 * 1024 * 1024,     /* a macro or configuration file */
	LIMIT_SPOOL = 1024 * 1024 * 1024,  /* what comes through a pipe: a macro, a view */
	LIMIT_KEPT = 64 * 1024 * 1024,     /* what a macro printed that waits for those before it */
	LIMIT_EXCHANGE = 64 * 1024 * 1024, /* replies kept with one command */
	LIMIT_COMMANDS = 10000,            /* commands waiting in one session */
	LIMIT_DIRECT = 64 * 1024,          /* an entry of what a terminal passes */
	LIMIT_AHEAD = 1024,                /* commands that are out at a time, at most */
	LIMIT_TRANSCRIPT = 64 * 1024 * 1024, /* what happened, in memory */
	LIMIT_WIRE = 32 * 1024 * 1024,       /* a command on the wire */
	LIMIT_GIVEN = 64 * 1024,             /* unsent bytes of a file that is sent */
	/* Unsent bytes; beyond them no further command goes out. */
	LIMIT_QUEUE = 1024 * 1024,
	/* Unsent bytes of wilco's own; beyond them it does not read. */
	LIMIT_ANSWERS = 64 * 1024,
	LIMIT_UNSENT = 64 * 1024 * 1024, /* unsent bytes in all; beyond them the line breaks */
	LIMIT_MESSAGE = 64 * 1024,       /* text composed for a person */
	LIMIT_NOTATION = 4096,           /* a frame notation */
	LIMIT_ITEMS = 64,                /* items of a compiled side */
	LIMIT_NAMES = 32,                /* fields of a frame */
	LIMIT_LEVELS = 4,                /* nested transforms */
	LIMIT_VARIANTS = 8,              /* alternatives of a side */
	LIMIT_PATTERNS = 32,             /* patterns of a reply rule */
	LIMIT_READ = 256 * 1024,         /* one read from a device */
	LIMIT_GATHERED = 320 * 1024,     /* what TLS or telnet make of one read */
	LIMIT_STREAMS = 65536,           /* connections in a capture */
	LIMIT_SEGMENTS_KEPT = 4096,      /* those of one direction that wait behind a hole */
	LIMIT_BEHIND_HOLES = 64 * 1024 * 1024, /* bytes that wait so, in all of a capture */
	LIMIT_FRAGMENTED = 256,                /* packets of which fragments came, but not all */
	LIMIT_PAIRED = 1024 * 1024, /* commands and replies of a capture that become a macro */
	LIMIT_TRAFFIC = 256 * 1024 * 1024, /* bytes of a capture or log that become a macro */
};

#endif
