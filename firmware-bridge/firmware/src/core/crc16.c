#include "crc16.h"

uint16_t tactus_crc16(const uint8_t *bytes, uint16_t length) {
  uint16_t crc = 0xffff;
  for (uint16_t i = 0; i < length; i++) {
    uint8_t x = (uint8_t)((crc >> 8) ^ bytes[i]);
    x ^= (uint8_t)(x >> 4);
    crc = (uint16_t)((crc << 8) ^ ((uint16_t)x << 12) ^ ((uint16_t)x << 5) ^ x);
  }
  return crc;
}
