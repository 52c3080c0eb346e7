/* records.h - where the records of a capture file end, so that one that is half written is not read
 * before its rest is there.  It looks at lengths alone, and never judges: where they make no sense
 * it lets everything through, and whoever reads the records says what is wrong.
 */
#ifndef WILCO_CAPTURE_RECORDS_H
#define WILCO_CAPTURE_RECORDS_H

#include <wilco/bytes.h>

/* Begins as zeroes. */
struct records {
	bool begun, blocks; /* blocks: pcapng */
	bool big;           /* its numbers have their high byte first */
	uint64_t next;      /* the offset of the next record; UINT64_MAX: nobody knows */
};
/* Takes the bytes at an offset of a file of so many bytes, behind those that were let through, and
 * returns how many of them may be read now: all but those of a record whose end is not there.  All
 * headers have less than RECORDS_LEAST bytes, which the slice must have if the file has them. */
enum { RECORDS_LEAST = 32 };
size_t records_whole(struct records *r, uint64_t at, struct slice bytes, uint64_t size);

#endif
