/* crc_catalog.c - the CRCs known by name: those of the RevEng catalogue ("Catalogue of parametrised
 * CRC algorithms") up to 64 bits, with its aliases, what else they are called here, and their
 * users. `check` is the CRC of "123456789"; a test computes all of them.
 *
 * A name of the catalogue is kept in lower case, as notations write it: CRC-16/IBM-3740 is
 * crc16-ibm-3740. Those in capitals are written only like that: they do not begin with CRC and a
 * width, or mean something else to most people (CRC-16/CCITT).
 */
#include "frame/crc.h"

#include "base/table.h"
#include <stdio.h>

#define CRC(names, width, poly, init, refin, refout, xorout, check, users)             \
	{                                                                              \
		{width, refin, refout, false, poly, init, xorout, check}, names, users \
	}
static const struct crc_known catalog[] = {
	CRC("crc3-gsm\0", 3, 0x3, 0x0, false, false, 0x7, 0x4, "GSM"),
	CRC("crc3-rohc\0", 3, 0x3, 0x7, true, true, 0x0, 0x6, "ROHC, 3GPP"),
	CRC("crc4-g-704\0crc4-itu\0crc4-g704\0", 4, 0x3, 0x0, true, true, 0x0, 0x7, "ITU G.704"),
	CRC("crc4-interlaken\0", 4, 0x3, 0xf, false, false, 0xf, 0xb, "Interlaken"),
	CRC("crc5-epc-c1g2\0crc5-epc\0", 5, 0x09, 0x09, false, false, 0x00, 0x00, "EPC RFID"),
	CRC("crc5-g-704\0crc5-itu\0", 5, 0x15, 0x00, true, true, 0x00, 0x07, "ITU G.704"),
	CRC("crc5-usb\0", 5, 0x05, 0x1f, true, true, 0x1f, 0x19, "USB token packets"),
	CRC("crc6-cdma2000-a\0", 6, 0x27, 0x3f, false, false, 0x00, 0x0d, "CDMA"),
	CRC("crc6-cdma2000-b\0", 6, 0x07, 0x3f, false, false, 0x00, 0x3b, "CDMA"),
	CRC("crc6-darc\0", 6, 0x19, 0x00, true, true, 0x00, 0x26, "DARC"),
	CRC("crc6-g-704\0crc6-itu\0crc6-g704\0", 6, 0x03, 0x00, true, true, 0x00, 0x06,
		"ITU G.704"),
	CRC("crc6-gsm\0", 6, 0x2f, 0x00, false, false, 0x3f, 0x13, "GSM"),
	CRC("crc7-mmc\0crc7\0", 7, 0x09, 0x00, false, false, 0x00, 0x75, "SD/MMC commands"),
	CRC("crc7-rohc\0", 7, 0x4f, 0x7f, true, true, 0x00, 0x53, "ROHC, 3GPP"),
	CRC("crc7-umts\0", 7, 0x45, 0x00, false, false, 0x00, 0x61, "UMTS"),
	CRC("crc8-autosar\0", 8, 0x2f, 0xff, false, false, 0xff, 0xdf, "AUTOSAR E2E"),
	CRC("crc8-bluetooth\0", 8, 0xa7, 0x00, true, true, 0x00, 0x26, "Bluetooth HEC"),
	CRC("crc8-cdma2000\0", 8, 0x9b, 0xff, false, false, 0x00, 0xda, "CDMA"),
	CRC("crc8-darc\0", 8, 0x39, 0x00, true, true, 0x00, 0x15, "DARC"),
	CRC("crc8-dvb-s2\0", 8, 0xd5, 0x00, false, false, 0x00, 0xbc,
		"DVB-S2, Betaflight MSPv2, CRSF"),
	CRC("crc8-gsm-a\0", 8, 0x1d, 0x00, false, false, 0x00, 0x37, "GSM"),
	CRC("crc8-gsm-b\0", 8, 0x49, 0x00, false, false, 0xff, 0x94, "GSM"),
	CRC("crc8-hitag\0", 8, 0x1d, 0xff, false, false, 0x00, 0xb4, "HITAG transponders"),
	CRC("crc8-i-432-1\0crc8-itu\0", 8, 0x07, 0x00, false, false, 0x55, 0xa1, "ATM HEC"),
	CRC("crc8-i-code\0crc8-icode\0", 8, 0x1d, 0xfd, false, false, 0x00, 0x7e, "RFID I-CODE"),
	CRC("crc8-lte\0", 8, 0x9b, 0x00, false, false, 0x00, 0xea, "LTE"),
	CRC("crc8-maxim-dow\0crc8-maxim\0DOW-CRC\0", 8, 0x31, 0x00, true, true, 0x00, 0xa1,
		"Dallas/Maxim 1-Wire, KISS-ICP"),
	CRC("crc8-mifare-mad\0", 8, 0x1d, 0xc7, false, false, 0x00, 0x99, "MIFARE MAD"),
	CRC("crc8-nrsc-5\0crc8-nrsc5\0", 8, 0x31, 0xff, false, false, 0x00, 0xf7,
		"Sensirion SHTxx/SPS30 words (I2C)"),
	CRC("crc8-opensafety\0", 8, 0x2f, 0x00, false, false, 0x00, 0x3e, "openSAFETY"),
	CRC("crc8-rohc\0", 8, 0x07, 0xff, true, true, 0x00, 0xd0, "ROHC, 3GPP"),
	CRC("crc8-sae-j1850\0crc8-j1850\0", 8, 0x1d, 0xff, false, false, 0xff, 0x4b,
		"SAE J1850, OBD"),
	CRC("crc8-smbus\0crc8\0", 8, 0x07, 0x00, false, false, 0x00, 0xf4,
		"SMBus PEC, many sensors"),
	CRC("crc8-tech-3250\0crc8-aes\0crc8-ebu\0", 8, 0x1d, 0xff, true, true, 0x00, 0x97,
		"AES/EBU"),
	CRC("crc8-wcdma\0", 8, 0x9b, 0x00, true, true, 0x00, 0x25, "WCDMA, Silabs"),
	CRC("crc10-atm\0crc10\0crc10-i-610\0", 10, 0x233, 0x000, false, false, 0x000, 0x199,
		"ATM OAM"),
	CRC("crc10-cdma2000\0", 10, 0x3d9, 0x3ff, false, false, 0x000, 0x233, "CDMA"),
	CRC("crc10-gsm\0", 10, 0x175, 0x000, false, false, 0x3ff, 0x12a, "GSM"),
	CRC("crc11-flexray\0crc11\0", 11, 0x385, 0x01a, false, false, 0x000, 0x5a3,
		"FlexRay header"),
	CRC("crc11-umts\0", 11, 0x307, 0x000, false, false, 0x000, 0x061, "UMTS"),
	CRC("crc12-cdma2000\0", 12, 0xf13, 0xfff, false, false, 0x000, 0xd4d, "CDMA"),
	CRC("crc12-dect\0X-CRC-12\0", 12, 0x80f, 0x000, false, false, 0x000, 0xf5b, "DECT"),
	CRC("crc12-gsm\0", 12, 0xd31, 0x000, false, false, 0xfff, 0xb34, "GSM"),
	CRC("crc12-umts\0crc12-3gpp\0", 12, 0x80f, 0x000, false, true, 0x000, 0xdaf, "UMTS"),
	CRC("crc13-bbc\0", 13, 0x1cf5, 0x0000, false, false, 0x0000, 0x04fa,
		"BBC radio teleswitch"),
	CRC("crc14-darc\0", 14, 0x0805, 0x0000, true, true, 0x0000, 0x082d, "DARC"),
	CRC("crc14-gsm\0", 14, 0x202d, 0x0000, false, false, 0x3fff, 0x30ae, "GSM"),
	CRC("crc15-can\0crc15\0", 15, 0x4599, 0x0000, false, false, 0x0000, 0x059e, "CAN 2.0"),
	CRC("crc15-mpt1327\0", 15, 0x6815, 0x0000, false, false, 0x0001, 0x2566,
		"MPT 1327 trunked radio"),
	CRC("crc16-arc\0crc16-lha\0ARC\0CRC-16\0CRC-IBM\0", 16, 0x8005, 0x0000, true, true, 0x0000,
		0xbb3d, "LHA, DF1, DSMR P1, Teltonika; \"CRC-16\", \"CRC-IBM\""),
	CRC("crc16-cdma2000\0", 16, 0xc867, 0xffff, false, false, 0x0000, 0x4c06, "CDMA"),
	CRC("crc16-cms\0", 16, 0x8005, 0xffff, false, false, 0x0000, 0xaee7, "CMS"),
	CRC("crc16-dds-110\0crc16-dds110\0", 16, 0x8005, 0x800d, false, false, 0x0000, 0x9ecf,
		"DDS-110"),
	CRC("crc16-dect-r\0R-CRC-16\0", 16, 0x0589, 0x0000, false, false, 0x0001, 0x007e, "DECT"),
	CRC("crc16-dect-x\0X-CRC-16\0", 16, 0x0589, 0x0000, false, false, 0x0000, 0x007f, "DECT"),
	CRC("crc16-dnp\0", 16, 0x3d65, 0x0000, true, true, 0xffff, 0xea82, "DNP3 (send LSB first)"),
	CRC("crc16-en-13757\0crc16-en13757\0", 16, 0x3d65, 0x0000, false, false, 0xffff, 0xc2b7,
		"wireless M-Bus, IEC 60870-5-1 FT3"),
	CRC("crc16-genibus\0crc16-darc\0crc16-epc\0crc16-epc-c1g2\0crc16-i-code\0", 16, 0x1021,
		0xffff, false, false, 0xffff, 0xd64e, "Grundfos GENIbus, EPC RFID"),
	CRC("crc16-gsm\0", 16, 0x1021, 0x0000, false, false, 0xffff, 0xce3c, "GSM"),
	CRC("crc16-ibm-3740\0crc16-autosar\0crc16-ccitt-false\0", 16, 0x1021, 0xffff, false, false,
		0x0000, 0x29b1, "\"CRC-CCITT (0xFFFF)\"; ASH, many"),
	CRC("crc16-ibm-sdlc\0crc16-iso-hdlc\0crc16-iso-iec-14443-3-b\0crc16-x-25\0crc16-x25\0CRC-"
	    "B\0X-25\0",
		16, 0x1021, 0xffff, true, true, 0xffff, 0x906e,
		"HDLC/PPP FCS, DLMS, MS/TP data, GT06, SML, C12.18"),
	CRC("crc16-iso-iec-14443-3-a\0crc16-crc-a\0CRC-A\0", 16, 0x1021, 0xc6c6, true, true, 0x0000,
		0xbf05, "ISO 14443-3 A (NFC)"),
	CRC("crc16-kermit\0crc16-bluetooth\0crc16-ccitt-true\0crc16-v-41-lsb\0CRC-16/"
	    "CCITT\0CRC-CCITT\0KERMIT\0",
		16, 0x1021, 0x0000, true, true, 0x0000, 0x2189, "Kermit, \"CRC-CCITT true\""),
	CRC("crc16-lj1200\0", 16, 0x6f63, 0x0000, false, false, 0x0000, 0xbdf4, "LJ1200"),
	CRC("crc16-m17\0", 16, 0x5935, 0xffff, false, false, 0x0000, 0x772b, "M17 radio"),
	CRC("crc16-maxim-dow\0crc16-maxim\0", 16, 0x8005, 0x0000, true, true, 0xffff, 0x44c2,
		"1-Wire memory"),
	CRC("crc16-mcrf4xx\0", 16, 0x1021, 0xffff, true, true, 0x0000, 0x6f91,
		"MAVLink \"X.25\" (no final xor)"),
	CRC("crc16-modbus\0MODBUS\0", 16, 0x8005, 0xffff, true, true, 0x0000, 0x4b37,
		"Modbus RTU (send LSB first)"),
	CRC("crc16-nrsc-5\0crc16-nrsc5\0", 16, 0x080b, 0xffff, true, true, 0x0000, 0xa066,
		"NRSC-5"),
	CRC("crc16-opensafety-a\0", 16, 0x5935, 0x0000, false, false, 0x0000, 0x5d38, "openSAFETY"),
	CRC("crc16-opensafety-b\0", 16, 0x755b, 0x0000, false, false, 0x0000, 0x20fe, "openSAFETY"),
	CRC("crc16-profibus\0crc16-iec-61158-2\0", 16, 0x1dcf, 0xffff, false, false, 0xffff, 0xa819,
		"PROFIBUS"),
	CRC("crc16-riello\0", 16, 0x1021, 0xb2aa, true, true, 0x0000, 0x63d0, "Riello UPS"),
	CRC("crc16-spi-fujitsu\0crc16-aug-ccitt\0", 16, 0x1021, 0x1d0f, false, false, 0x0000,
		0xe5cc, "OSDP (0x1D0F)"),
	CRC("crc16-t10-dif\0", 16, 0x8bb7, 0x0000, false, false, 0x0000, 0xd0db, "SCSI DIF"),
	CRC("crc16-teledisk\0", 16, 0xa097, 0x0000, false, false, 0x0000, 0x0fb3, "TeleDisk"),
	CRC("crc16-tms37157\0", 16, 0x1021, 0x89ec, true, true, 0x0000, 0x26b1, "TI RFID"),
	CRC("crc16-umts\0crc16-buypass\0crc16-verifone\0", 16, 0x8005, 0x0000, false, false, 0x0000,
		0xfee8, "\"BUYPASS\", Verifone, Dynamixel 2.0"),
	CRC("crc16-usb\0", 16, 0x8005, 0xffff, true, true, 0xffff, 0xb4c8, "USB data"),
	CRC("crc16-xmodem\0crc16-acorn\0crc16-lte\0crc16-v-41-msb\0XMODEM\0ZMODEM\0", 16, 0x1021,
		0x0000, false, false, 0x0000, 0x31c3, "XMODEM, ZMODEM, \"CCITT (0x0000)\""),
	CRC("crc17-can-fd\0", 17, 0x1685b, 0x00000, false, false, 0x00000, 0x04f03, "CAN FD"),
	CRC("crc21-can-fd\0", 21, 0x102899, 0x000000, false, false, 0x000000, 0x0ed841, "CAN FD"),
	CRC("crc24-ble\0", 24, 0x00065b, 0x555555, true, true, 0x000000, 0xc25a56, "Bluetooth LE"),
	CRC("crc24-flexray-a\0", 24, 0x5d6dcb, 0xfedcba, false, false, 0x000000, 0x7979bd,
		"FlexRay channel A"),
	CRC("crc24-flexray-b\0", 24, 0x5d6dcb, 0xabcdef, false, false, 0x000000, 0x1f23b8,
		"FlexRay channel B"),
	CRC("crc24-interlaken\0", 24, 0x328b63, 0xffffff, false, false, 0xffffff, 0xb4f3e6,
		"Interlaken"),
	CRC("crc24-lte-a\0crc24q\0", 24, 0x864cfb, 0x000000, false, false, 0x000000, 0xcde703,
		"Qualcomm: RTCM3, SBAS, ADS-B"),
	CRC("crc24-lte-b\0", 24, 0x800063, 0x000000, false, false, 0x000000, 0x23ef52, "LTE"),
	CRC("crc24-openpgp\0crc24\0", 24, 0x864cfb, 0xb704ce, false, false, 0x000000, 0x21cf02,
		"OpenPGP"),
	CRC("crc24-os-9\0crc24-os9\0", 24, 0x800063, 0xffffff, false, false, 0xffffff, 0x200fa5,
		"OS-9"),
	CRC("crc30-cdma\0", 30, 0x2030b9c7, 0x3fffffff, false, false, 0x3fffffff, 0x04c34abf,
		"CDMA"),
	CRC("crc31-philips\0", 31, 0x04c11db7, 0x7fffffff, false, false, 0x7fffffff, 0x0ce9e46c,
		"Philips"),
	CRC("crc32-aixm\0crc32q\0", 32, 0x814141ab, 0x00000000, false, false, 0x00000000,
		0x3010bf7f, "AIXM \"CRC-32Q\""),
	CRC("crc32-autosar\0", 32, 0xf4acfb13, 0xffffffff, true, true, 0xffffffff, 0x1697d06a,
		"AUTOSAR"),
	CRC("crc32-base91-d\0crc32d\0", 32, 0xa833982b, 0xffffffff, true, true, 0xffffffff,
		0x87315576, "base91"),
	CRC("crc32-bzip2\0crc32-aal5\0crc32-dect-b\0B-CRC-32\0", 32, 0x04c11db7, 0xffffffff, false,
		false, 0xffffffff, 0xfc891918, "bzip2, AAL5"),
	CRC("crc32-cd-rom-edc\0", 32, 0x8001801b, 0x00000000, true, true, 0x00000000, 0x6ec2edc4,
		"CD-ROM sectors"),
	CRC("crc32-cksum\0crc32-posix\0CKSUM\0", 32, 0x04c11db7, 0x00000000, false, false,
		0xffffffff, 0x765e7680, "POSIX cksum"),
	CRC("crc32-iscsi\0crc32-base91-c\0crc32-castagnoli\0crc32-interlaken\0crc32-nvme\0crc32c\0",
		32, 0x1edc6f41, 0xffffffff, true, true, 0xffffffff, 0xe3069283,
		"iSCSI, Castagnoli"),
	CRC("crc32-iso-hdlc\0crc32\0crc32-adccp\0crc32-v-42\0crc32-xz\0PKZIP\0", 32, 0x04c11db7,
		0xffffffff, true, true, 0xffffffff, 0xcbf43926, "Ethernet, zip, V.42"),
	CRC("crc32-jamcrc\0JAMCRC\0", 32, 0x04c11db7, 0xffffffff, true, true, 0x00000000,
		0x340bc6d9, "\"no final xor\""),
	CRC("crc32-mef\0", 32, 0x741b8cd7, 0xffffffff, true, true, 0x00000000, 0xd2c22f51,
		"Koopman"),
	CRC("crc32-mpeg-2\0crc32-mpeg2\0", 32, 0x04c11db7, 0xffffffff, false, false, 0x00000000,
		0x0376e6e7, "MPEG-2, STM32 CRC unit"),
	CRC("crc32-xfer\0XFER\0", 32, 0x000000af, 0x00000000, false, false, 0x00000000, 0xbd0be338,
		"XFER"),
	CRC("crc40-gsm\0", 40, 0x0004820009, 0x0000000000, false, false, 0xffffffffff, 0xd4164fc646,
		"GSM"),
	CRC("crc64-ecma-182\0crc64\0crc64-ecma\0", 64, 0x42f0e1eba9ea3693, 0x0000000000000000,
		false, false, 0x0000000000000000, 0x6c40df5f0b497347, "ECMA-182"),
	CRC("crc64-go-iso\0crc64-iso\0", 64, 0x000000000000001b, 0xffffffffffffffff, true, true,
		0xffffffffffffffff, 0xb90956c775a41001, "ISO 3309, Go"),
	CRC("crc64-ms\0", 64, 0x259c84cba6426349, 0xffffffffffffffff, true, true,
		0x0000000000000000, 0x75d4b74f024eceea, "Microsoft"),
	CRC("crc64-nvme\0", 64, 0xad93d23594c93659, 0xffffffffffffffff, true, true,
		0xffffffffffffffff, 0xae8b14860a799888, "NVMe data"),
	CRC("crc64-redis\0", 64, 0xad93d23594c935a9, 0x0000000000000000, true, true,
		0x0000000000000000, 0xe9c6d914c4b8d9ca, "Redis dumps"),
	CRC("crc64-we\0", 64, 0x42f0e1eba9ea3693, 0xffffffffffffffff, false, false,
		0xffffffffffffffff, 0x62ec59e3f1a4f00a, "Wolfgang Ehrhardt"),
	CRC("crc64-xz\0crc64-go-ecma\0", 64, 0x42f0e1eba9ea3693, 0xffffffffffffffff, true, true,
		0xffffffffffffffff, 0x995dc9bbdf1939fa, "xz"),
	CRC("crc8-mstp\0", 8, 0x81, 0xff, true, true, 0xff, 0x89, "BACnet MS/TP header"),
};

const struct crc_known *crc_catalog(size_t index)
{
	return index < sizeof catalog / sizeof catalog[0] ? &catalog[index] : NULL;
}

const char *crc_next_name(const char *name)
{
	name += strlen(name) + 1;
	return *name ? name : NULL;
}

static uint8_t to_lower(uint8_t c)
{
	return c >= 'A' && c <= 'Z' ? c | 32 : c;
}

/* Writes CRC-16/IBM-3740 as crc16-ibm-3740; false: it is no name of that kind. */
static bool lower_name(struct slice name, char out[CRC_NAME_MAX])
{
	size_t width = 4, n = 0;
	if (name.len >= CRC_NAME_MAX || !slice_starts(name, SLICE("CRC-")))
		return false;
	while (width < name.len && is_digit(name.at[width]))
		width++;
	for (size_t i = 0; i < name.len; i++) {
		bool slash = name.at[i] == '/';
		if (slash ? i != width : i == width && name.at[i] == '-')
			return false; /* only the slash stands behind the width */
		if (i != 3)
			out[n++] = slash ? '-' : (char)to_lower(name.at[i]);
	}
	out[n] = 0;
	return width > 4;
}

const struct crc_params *crc_find(struct slice name)
{
	char lower[CRC_NAME_MAX];
	bool capitals = lower_name(name, lower);
	for (size_t i = 0; i < sizeof catalog / sizeof catalog[0]; i++)
		for (const char *n = catalog[i].name; n; n = crc_next_name(n))
			if (slice_is(name, n) || (capitals && strcmp(lower, n) == 0))
				return &catalog[i].params;
	return NULL;
}

void crc_catalog_name(const char *name, char out[CRC_NAME_MAX])
{
	size_t i = 3, n = 4;
	snprintf(out, CRC_NAME_MAX, "%s", name);
	if (strncmp(name, "crc", 3) != 0)
		return;
	memcpy(out, "CRC-", 4);
	for (; is_digit((uint8_t)name[i]); i++)
		out[n++] = name[i];
	if (name[i] == '-') {
		out[n++] = '/';
		i++;
	}
	for (; name[i]; i++)
		out[n++] = name[i] >= 'a' && name[i] <= 'z' ? name[i] & ~32 : name[i];
	out[n] = 0;
}

/* ---- a name that is nearly one ---- */

/* Copies letters and digits, in lower case; without the width, if told so. */
static void squeeze(struct slice name, bool width, char out[CRC_NAME_MAX])
{
	size_t n = 0, i = 0;
	for (; i < name.len && n < 3 && n + 1 < CRC_NAME_MAX; i++)
		if (is_alnum(name.at[i]))
			out[n++] = (char)to_lower(name.at[i]);
	while (!width && i < name.len && (is_digit(name.at[i]) || !is_alnum(name.at[i])))
		i++;
	for (; i < name.len && n + 1 < CRC_NAME_MAX; i++)
		if (is_alnum(name.at[i]))
			out[n++] = (char)to_lower(name.at[i]);
	out[n] = 0;
}

/* Returns the number behind the first three letters or digits: the width; 0: there is none. */
static unsigned width_in(struct slice name)
{
	unsigned width = 0;
	size_t i = 3;
	while (i < name.len && !is_alnum(name.at[i]))
		i++;
	for (; i < name.len && is_digit(name.at[i]) && width < 100; i++)
		width = 10 * width + name.at[i] - '0';
	return width;
}

/* Returns the index-th of the names with that width (0: any) of the catalogue. */
static const char *name_of_width(const void *width, size_t index)
{
	for (size_t i = 0; i < sizeof catalog / sizeof catalog[0]; i++)
		for (const char *n = catalog[i].name; n; n = crc_next_name(n)) {
			unsigned wanted = *(const unsigned *)width;
			if ((!wanted || wanted == catalog[i].params.width) && index-- == 0)
				return n;
		}
	return NULL;
}

const char *crc_near(struct slice name)
{
	char wanted[CRC_NAME_MAX], other[CRC_NAME_MAX];
	unsigned width = width_in(name);
	const char *n;
	squeeze(name, true, wanted);
	for (size_t i = 0; (n = name_of_width(&width, i)); i++) {
		squeeze(slice_str(n), width > 0, other);
		if (strcmp(wanted, other) == 0)
			return n;
	}
	return table_near(name, name_of_width, &width);
}
