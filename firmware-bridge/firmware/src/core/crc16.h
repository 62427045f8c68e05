/* Bytes into the checksum that ends every frame: CRC-16/CCITT-FALSE (polynomial 0x1021, start 0xffff, no reflection). */
#ifndef TACTUS_CRC16_H
#define TACTUS_CRC16_H

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* The checksum of "123456789" is 0x29b1. */
uint16_t tactus_crc16(const uint8_t *bytes, uint16_t length);

#ifdef __cplusplus
}
#endif
#endif
