"""CRCs that devices of the tests send."""

MODBUS, X25 = 0xA001, 0x8408


def crc16(data, polynomial=MODBUS):
    """Returns the CRC of 16 bits that begins with FFFF, low byte first, as it is sent; polynomial: its lowest bit
    first.  That of Modbus is zero for data that ends with its own CRC."""
    crc = 0xFFFF
    for byte in data:
        crc ^= byte
        for _ in range(8):
            crc = crc >> 1 ^ (polynomial if crc & 1 else 0)
    return crc.to_bytes(2, "little")
