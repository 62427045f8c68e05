/* Little-endian numbers in bytes, without alignment. */
#ifndef TACTUS_BYTES_H
#define TACTUS_BYTES_H

#include <stdint.h>

static inline uint16_t tactus_u16(const uint8_t *bytes) {
  return (uint16_t)(bytes[0] | ((uint16_t)bytes[1] << 8));
}

static inline uint32_t tactus_u32(const uint8_t *bytes) {
  return (uint32_t)tactus_u16(bytes) | ((uint32_t)tactus_u16(bytes + 2) << 16);
}

static inline void tactus_put_u16(uint8_t *bytes, uint16_t value) {
  bytes[0] = (uint8_t)value;
  bytes[1] = (uint8_t)(value >> 8);
}

static inline void tactus_put_u32(uint8_t *bytes, uint32_t value) {
  tactus_put_u16(bytes, (uint16_t)value);
  tactus_put_u16(bytes + 2, (uint16_t)(value >> 16));
}

/* Signed distance on a clock that wraps at 32 bits: right while the two are less than 35 minutes apart. */
static inline int32_t tactus_since(uint32_t later, uint32_t earlier) {
  return (int32_t)(later - earlier);
}

#endif
