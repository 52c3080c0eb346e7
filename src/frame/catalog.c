/* catalog.c - the frames known by name.  Their notations, with sources for the bytes, come from the
 * protocols' documents; tests/frame/vectors.tsv has the bytes that check them. */
#include "frame/catalog.h"

#include <string.h>

/* One text without addresses, because an address in a table has to be written at each start. */
#define FRAME(group, name, notation, what) group "\0" name "\0" notation "\0" what "\0"
/* clang-format off */
static const char text[] =
	FRAME("text lines and terminators", "esc-cr", "ESC payload CR eof -> trim(payload) (NUL | eof)",
		"ESC text CR, half-close; reply up to NUL or close (the script's job)")
	FRAME("text lines and terminators", "esc-cr-nul", "ESC payload CR -> trim(payload) NUL",
		"the same on a line that stays open")
	FRAME("text lines and terminators", "line", "payload LF -> payload (CR LF | LF)",
		"lines that end LF")
	FRAME("text lines and terminators", "line-cr", "payload CR -> payload (CR | CR LF)",
		"lines that end CR")
	FRAME("text lines and terminators", "line-crlf", "payload CR LF", "lines that end CR LF")
	FRAME("text lines and terminators", "tty", "payload CR -> payload (CR LF | LF) ; echo?",
		"lines as a person types them at a terminal, with an echo or without")
	FRAME("text lines and terminators", "tty-crlf", "payload CR LF -> payload (CR LF | LF) ; echo?",
		"the same, where Enter sends CR LF")
	FRAME("text lines and terminators", "extron-sis",
		"payload gap(50ms) -> payload CR LF ; async 'Reconfig' * | 'Sig ' * | '(C) ' * | "
		"'(c) ' *",
		"Extron SIS switchers and matrices")
	FRAME("text lines and terminators", "extron-w", "payload CR -> payload CR LF",
		"Extron commands that end in CR")
	FRAME("text lines and terminators", "scpi",
		"payload LF -> '#0' payload LF | '#' len(n):dec1 n:len(payload):dec payload LF | "
		"payload (CR LF | LF) ; says 3 ; times 1 on * '?' | * '? ' * | * '?;' * ; times 0",
		"SCPI instruments on a raw socket (port 5025): only queries are answered")
	FRAME("text lines and terminators", "pjl",
		"ESC '%-12345X@PJL ' payload CR LF ESC '%-12345X' -> '@PJL ' payload CR LF 0C ; "
		"async 'USTATUS' *",
		"printers: PJL inside UEL (port 9100)")
	FRAME("text lines and terminators", "zpl-hs",
		"payload (CR LF | LF) -> STX payload ETX CR LF ; times 3",
		"Zebra printers: ~HS, three strings")
	FRAME("text lines and terminators", "kenwood", "payload ';' ; async 'AI' *",
		"Kenwood, Elecraft, Yaesu radios: text and ;")
	FRAME("text lines and terminators", "at",
		"payload CR -> (CR LF)* '> ' | (CR LF)* payload CR LF ; until '' | 'OK' | 'ERROR'"
		" | '+CME ERROR' * | '+CMS ERROR' * | 'NO CARRIER' | 'BUSY' | 'CONNECT' * ; async"
		" 'RING' | '+CREG:' * | '+CMTI:' *",
		"modems: AT commands (V.250, 3GPP 27.007)")
	FRAME("text lines and terminators", "elm327", "payload CR -> trim(payload) '>'",
		"OBD-II adapters")
	FRAME("text lines and terminators", "grbl",
		"payload LF -> payload CR LF ; until 'ok' | 'error:' * ; async '<' * | 'ALARM:' *"
		" | '[MSG:' *",
		"GRBL motion controllers")
	FRAME("text lines and terminators", "marlin",
		"'N' n:dec=1++ SP payload '*' xor8(..payload):dec LF -> payload (CR LF | LF) ; "
		"until 'ok' *",
		"3D printers: numbered lines with a checksum")
	FRAME("text lines and terminators", "smtp",
		"payload CR LF -> payload CR LF ; while ?? ?? ?? '-' * ; greet '220 ' *",
		"SMTP, FTP and other replies with 250- lines")
	FRAME("text lines and terminators", "mt-sics", "payload CR LF ; while * ' B ' *",
		"Mettler Toledo balances")
	FRAME("text lines and terminators", "christie", "'(' payload ')'",
		"Christie projectors: (text)")
	FRAME("text lines and terminators", "pjlink",
		"'%1' payload CR -> '%1' payload CR | 'PJLINK ' payload CR ; greet '0' | '1 ' *",
		"PJLink projectors class 1 (port 4352); one that greets 1 SEED wants a password")
	FRAME("text lines and terminators", "slcan", "payload CR -> payload (CR | BEL)",
		"Lawicel CAN adapters")
	FRAME("text lines and terminators", "openocd-tcl", "payload SUB", "OpenOCD's Tcl port (6666)")
	FRAME("text lines and terminators", "jsonrpc-nul", "payload NUL",
		"JSON-RPC ended by NUL: Q-SYS QRC")
	FRAME("text lines and terminators", "ndjson", "payload (LF | CR LF)", "a JSON object a line")
	FRAME("text lines and terminators", "gpsd",
		"payload LF -> payload (CR LF | LF) ; async '{\"class\":\"TPV\"' * | "
		"'{\"class\":\"SKY\"' * | '{\"class\":\"GST\"' * | '{\"class\":\"ATT\"' * | "
		"'{\"class\":\"TOFF\"' * | '{\"class\":\"PPS\"' * | '{\"class\":\"DEVICE\"' * | "
		"'$' * | "
		"'!' * ; greet '{\"class\":\"VERSION\"' *",
		"gpsd: a JSON object a line, beside NMEA (port 2947)")
	FRAME("text lines and terminators", "mpd",
		"payload LF ; until 'OK' | 'ACK ' * ; greet 'OK MPD ' *",
		"the Music Player Daemon (port 6600)")
	FRAME("text lines and terminators", "munin",
		"payload LF ; until '.' on 'fetch ' * | 'config ' * | 'nodes' ; times 1 ; "
		"greet '# munin node at ' *",
		"munin-node (port 4949): some replies have several lines, and others one")
	FRAME("text lines and terminators", "assuan",
		"payload LF ; times 0 on 'D ' * ; until 'OK' | 'OK ' * | 'ERR ' * | 'INQUIRE ' * ; "
		"greet 'OK GNU Privacy Guard' * | 'OK Pleased to meet you' * | 'OK Dirmngr ' *",
		"GnuPG's programs (exec:scdaemon --server, gpg-agent, dirmngr)")
	FRAME("text lines and terminators", "mllp", "0B payload 1C 0D", "HL7 messages (MLLP)")
	FRAME("text lines and terminators", "raw", "payload gap(50ms)",
		"as it is; a reply ends when nothing came for 50 ms")
	FRAME("text lines and terminators", "raw-eof", "payload eof",
		"as it is; a reply ends when the peer closes")
	FRAME("text with checks", "nmea",
		"'$' payload ('*' xor8(payload):HEX2)? CR LF -> '$' payload ('*' "
		"xor8(payload):HEX2)? CR LF | '!' payload ('*' xor8(payload):HEX2)? CR LF",
		"GPS, AIS and marine instruments (NMEA 0183)")
	FRAME("text with checks", "gdb",
		"'$' body:gdb(payload) '#' sum8(body):hex2 -> '$' body:gdb(payload) '#' "
		"sum8(body):hex2 | '%' body:gdb(payload) '#' sum8(body):hex2 ; ack '+' ; nak '-' "
		"; async 'Stop:' * ; while 'O' ?? ?? *",
		"GDB remote serial protocol")
	FRAME("text with checks", "modbus-ascii",
		"':' HEX(unit:u8=1 payload nsum8) CR LF -> ':' HEX(unit payload nsum8) CR LF ; "
		"bin",
		"Modbus ASCII")
	FRAME("text with checks", "host-link",
		"'@' payload xor8:HEX2 '*' CR -> '@' payload xor8:HEX2 ('*' CR | CR)",
		"Omron Host Link (C mode)")
	FRAME("text with checks", "dcon", "payload sum8(payload):HEX2 CR",
		"ADAM, I-7000, NuDAM modules with checksum")
	FRAME("text with checks", "dsmr", "'/' payload '!' crc16-arc:HEX4 CR LF",
		"smart meters: DSMR P1 telegrams")
	FRAME("text with checks", "ihex",
		"':' HEX(len(payload):u8 addr:u16be=0 rtype:u8=0 payload nsum8) (CR LF | LF) ; "
		"bin",
		"Intel HEX records")
	FRAME("text with checks", "srec",
		"'S' type:dec1=1 HEX(len:u8 addr:u16be=0 payload isum8) (CR LF | LF) ; bin",
		"Motorola S-records")
	FRAME("text with checks", "iec62056-21",
		"SOH payload ETX xor8(payload ETX) -> STX payload ETX xor8(payload ETX) ; ack ACK"
		" ; nak NAK",
		"meters: IEC 62056-21 data messages")
	FRAME("STX/ETX, DLE, acknowledged links", "stx-lrc",
		"STX payload ETX xor8(payload ETX) ; ack ACK ; nak NAK",
		"terminals: STX text ETX LRC")
	FRAME("STX/ETX, DLE, acknowledged links", "ecr17",
		"STX payload ETX xor8(STX payload ETX)^0x7F -> STX payload ETX xor8(STX payload "
		"ETX)^0x7F | SOH payload EOT ; ack ACK ; nak NAK",
		"payment terminals: Nexi ECR17")
	FRAME("STX/ETX, DLE, acknowledged links", "astm",
		"STX fn:dec1=1++%8 payload end:(ETX | ETB) sum8(fn..end):HEX2 CR LF ; ack ACK ; "
		"nak NAK ; bid ENQ, ACK, EOT",
		"laboratory instruments: ASTM E1381")
	FRAME("STX/ETX, DLE, acknowledged links", "df1-bcc",
		"10 02 dle(payload) 10 03 nsum8(payload) ; ack 10 06 ; nak 10 15 ; bin",
		"Allen-Bradley DF1 with BCC")
	FRAME("STX/ETX, DLE, acknowledged links", "df1-crc",
		"10 02 dle(payload) 10 03 crc16-arc(payload 03):le ; ack 10 06 ; nak 10 15 ; bin",
		"Allen-Bradley DF1 with CRC")
	FRAME("STX/ETX, DLE, acknowledged links", "xmodem-crc",
		"SOH blk:u8=1++ xor8(blk FF) payload[128] crc16-xmodem(payload):be ; ack ACK ; "
		"nak NAK",
		"XMODEM blocks with CRC")
	FRAME("STX/ETX, DLE, acknowledged links", "xmodem",
		"SOH blk:u8=1++ xor8(blk FF) payload[128] sum8(payload) ; ack ACK ; nak NAK",
		"XMODEM blocks with checksum")
	FRAME("STX/ETX, DLE, acknowledged links", "zwave",
		"01 len:u8 type:u8=0 payload xor8(len..payload)^0xFF ; ack 06 ; nak 15 ; bin",
		"Z-Wave serial API")
	FRAME("byte stuffing", "slip", "C0* slip(payload) C0", "SLIP (RFC 1055)")
	FRAME("byte stuffing", "cobs", "cobs(payload) 00 -> 00* cobs(payload) 00", "COBS packets")
	FRAME("byte stuffing", "ppp", "7E* ppp(FF 03 payload crc16-x25(..):le) 7E",
		"PPP in HDLC-like framing (RFC 1662)")
	FRAME("byte stuffing", "hdlc", "7E* hdlc(payload crc16-x25:le) 7E",
		"HDLC with byte stuffing and FCS")
	FRAME("byte stuffing", "kiss", "C0* slip(port:u8=0 payload) C0 ; bin", "KISS radio modems")
	FRAME("byte stuffing", "esp-rom",
		"C0* slip(00 cmd:u8=8 len(payload):u16le chk:u32le=0 payload) C0 -> C0* slip(01 "
		"cmd len(payload):u16le val:u32le payload) C0 ; bin",
		"ESP8266 and ESP32 boot loader")
	FRAME("byte stuffing", "xbee-api1", "7E len(payload):u16be payload isum8(payload) ; bin",
		"Digi XBee, API mode 1")
	FRAME("byte stuffing", "xbee-api2", "7E xbee(len(payload):u16be payload isum8(payload)) ; bin",
		"Digi XBee, API mode 2 (escaped)")
	FRAME("byte stuffing", "dynamixel2",
		"FF FF FD 00 id:u8=1 len:u16le dxl(payload) crc16-umts:le ; bin",
		"ROBOTIS Dynamixel protocol 2.0")
	FRAME("byte stuffing", "firmata-str", "F0 cmd:u8=0x71 midi7(payload) F7",
		"Firmata: a string message")
	FRAME("byte stuffing", "sysex", "F0 payload F7 ; bin", "MIDI system exclusive")
	FRAME("length fields", "lp8", "len:u8 payload", "length in one byte")
	FRAME("length fields", "lp16be", "len:u16be payload", "length in two bytes, high byte first")
	FRAME("length fields", "lp16le", "len:u16le payload", "length in two bytes, low byte first")
	FRAME("length fields", "lp32be", "len:u32be payload", "length in four bytes, high byte first")
	FRAME("length fields", "lp32le", "len:u32le payload", "length in four bytes, low byte first")
	FRAME("length fields", "protobuf", "len:varint payload",
		"delimited Protocol Buffers (varint length)")
	FRAME("length fields", "ber", "30 len:ber payload ; bin", "ASN.1 BER: a SEQUENCE")
	FRAME("length fields", "netstring", "len(payload):dec ':' payload ','", "netstrings: 5:hello,")
	FRAME("length fields", "syslog-oct", "len(payload):dec SP payload",
		"syslog with octet counting (RFC 6587)")
	FRAME("length fields", "lsp", "'Content-Length: ' len(payload):dec CR LF CR LF payload",
		"Language Server and Debug Adapter Protocol")
	FRAME("length fields", "tpkt", "03 00 len(all):u16be payload ; bin", "TPKT (RFC 1006): S7, RDP")
	FRAME("length fields", "sunrpc", "len|0x80000000:u32be payload ; bin",
		"ONC RPC record marking (RFC 5531)")
	FRAME("length fields", "modbus-tcp", "tid:u16be=1++ 0000 len:u16be unit:u8=1 payload ; bin",
		"Modbus TCP (port 502)")
	FRAME("length fields", "mqtt", "type:u8=0xC0 len:varint payload ; bin",
		"MQTT packets (port 1883)")
	FRAME("length fields", "iec104", "68 len:u8 payload ; bin", "IEC 60870-5-104 (port 2404)")
	FRAME("length fields", "fins-tcp", "'FINS' len:u32be cmd:u32be=2 err:u32be=0 payload ; bin",
		"Omron FINS over TCP (port 9600)")
	FRAME("length fields", "enip",
		"cmd:u16le=0x63 len(payload):u16le sess:u32le=0 status:u32le=0 ctx:u64le=0 "
		"opt:u32le=0 payload ; bin",
		"EtherNet/IP encapsulation (port 44818)")
	FRAME("length fields", "pgsql", "type:s1='Q' len(len payload):u32be payload ; until type='Z'",
		"PostgreSQL messages after start-up")
	FRAME("length fields", "visca-ip",
		"type:u16be=0x0100 len(payload):u16be seq:u32be=0++ payload ; while ?? 4? FF ; bin",
		"VISCA over IP (port 52381)")
	FRAME("length fields", "snmp",
		"30 len:ber 02 01 ver:u8=1 04 len(community):u8 community:x=7075626c6963 "
		"pdu:u8=0xA0 len(request..):ber request:(02 04) id:u32be=0x10000000++ payload -> "
		"30 len:ber 02 01 ver 04 len(community):u8 community pdu:u8=0xA2 "
		"len(request..):ber request:(02 04) id payload ; bin",
		"SNMP v1 and v2c (UDP port 161): what follows the number of a request")
	FRAME("length and check", "modbus-rtu",
		"unit:u8=1 payload crc16-modbus:le gap(3.5ch) -> unit payload crc16-modbus:le "
		"gap(3.5ch) ; bin",
		"Modbus RTU on a serial line")
	FRAME("length and check", "ubx",
		"B5 62 class:u8=0x0A id:u8=4 len(payload):u16le payload "
		"fletcher8(class..payload):le ; bin",
		"u-blox UBX")
	FRAME("length and check", "mavlink1",
		"FE len(payload):u8 seq:u8=0++ sys:u8=255 comp:u8=190 msg:u8=0 payload "
		"crc16-mcrf4xx(len..payload extra:u8=50):le ; async msg=0 ; bin",
		"MAVLink 1 (extra= per message)")
	FRAME("length and check", "osdp",
		"FF* 53 addr:u8=0 len(all):u16le ctrl:u8=4 payload crc16-aug-ccitt:le ; bin",
		"OSDP access control with CRC")
	FRAME("length and check", "osdp-sum",
		"FF* 53 addr:u8=0 len(all):u16le ctrl:u8=0 payload nsum8 ; bin",
		"OSDP access control with checksum")
	FRAME("length and check", "dnp3",
		"05 64 len(ctrl dst src payload):u8 ctrl:u8=0xC4 dst:u16le=1 src:u16le=1024 "
		"crc16-dnp:le chunk[16](payload crc16-dnp:le) ; bin",
		"DNP3 data link (port 20000)")
	FRAME("length and check", "mbus",
		"10 payload[2] sum8(payload) 16 | 68 len(payload):u8 len(payload):u8 68 "
		"payload[3..255] sum8(payload) 16 | E5 ; bin",
		"meters: M-Bus (EN 13757-2)")
	FRAME("length and check", "dlms-hdlc",
		"7E len(len..fcs)|0xA000:u16be dst:u16be=0x0223 src:u8=0x21 ctl:u8=0x93 "
		"(crc16-x25(len..):le payload)? fcs:crc16-x25(len..):le 7E ; bin",
		"meters: DLMS/COSEM over HDLC")
	FRAME("length and check", "mstp",
		"55 FF type:u8=5 dst:u8=1 src:u8=0 len(payload):u16be crc8-mstp(type..len) "
		"(payload crc16-x25(payload):le)? ; bin",
		"BACnet MS/TP")
	FRAME("length and check", "dynamixel1", "FF FF id:u8=1 len:u8 payload isum8(id..payload) ; bin",
		"ROBOTIS Dynamixel protocol 1.0")
	FRAME("length and check", "pelco-d", "FF payload[5] sum8(payload) ; bin", "Pelco-D cameras")
	FRAME("length and check", "pelco-p", "A0 payload[5] AF xor8 ; bin", "Pelco-P cameras")
	FRAME("length and check", "visca", "payload FF ; while ?? 4? ; bin",
		"VISCA cameras on a serial line")
	FRAME("length and check", "civ",
		"FE FE to:u8=0x94 from:u8=0xE0 payload FD -> FE FE from to payload FD ; echo ; "
		"bin",
		"Icom CI-V radios")
	FRAME("length and check", "stm32",
		"payload[1] xor8(payload FF) | payload[4] xor8(payload) | payload[2..257] "
		"xor8(payload) gap(20ms) -> 79 | 1F ; bin",
		"STM32 boot loader (AN3155)")
	FRAME("length and check", "stm32-get",
		"payload[1] xor8(payload FF) -> 79 len(payload)-1:u8 payload 79 | 1F ; bin",
		"STM32 boot loader: GET and its list")
	FRAME("length and check", "resp",
		"payload CR LF -> '$-1' CR LF | '*-1' CR LF | '$' len(payload):dec CR LF payload "
		"CR LF | '*' more:dec CR LF | payload CR LF",
		"Redis and other RESP servers")
	FRAME("length and check", "escpos", "payload gap(50ms) -> 5F payload NUL | payload[1]",
		"receipt printers: ESC/POS status")
	FRAME("length and check", "yaesu-cat", "payload[5] -> payload gap(50ms) ; bin",
		"Yaesu CAT radios: five bytes");
/* clang-format on */

enum { CATALOG_MAX = 128 };

static struct catalog_frame frames[CATALOG_MAX];

/* Returns the part that begins here, and moves behind it. */
static const char *take(const char **at)
{
	const char *part = *at;
	*at += strlen(part) + 1;
	return part;
}

/* Takes the text apart; returns how many frames it has. */
static size_t take_apart(void)
{
	const char *at = text;
	size_t n = 0;
	while (*at && n < CATALOG_MAX) {
		frames[n].group = take(&at);
		frames[n].name = take(&at);
		frames[n].notation = take(&at);
		frames[n++].what = take(&at);
	}
	return n;
}

const struct catalog_frame *catalog_frame(size_t index)
{
	static size_t count;
	if (!count)
		count = take_apart();
	return index < count ? &frames[index] : NULL;
}
