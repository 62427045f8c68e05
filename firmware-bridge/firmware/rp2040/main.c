/*
 * The firmware of `make rp2040`: a Raspberry Pi Pico with the strip on GP16 and the serial line on GP0 (out) and GP1 (in).
 * The PIO times the strip by itself, so that the serial line is read by interrupt at all times.
 */
#include "../src/core/bytes.h"
#include "../src/core/strip-loop.h"
#include "registers.h"

#ifndef PIXELS
#define PIXELS 60
#endif
#ifndef BAUD
#define BAUD 115200
#endif
#ifndef BRIGHTNESS
#define BRIGHTNESS 160
#endif
#define STRIP_PIN 16u
#define CRYSTAL_HZ 12000000u

#define RING 256
#define ANSWERS 64

static uint8_t rgb[3 * PIXELS];
static struct tactus_board board;

static struct {
  uint8_t bytes[RING];
  uint32_t came[RING];
  volatile uint8_t head; /* both wrap at 256 by themselves */
  volatile uint8_t tail;
} ring;

static uint8_t answers[ANSWERS];
static uint8_t answers_head;
static uint8_t answers_tail;

static uint32_t now(void) { return TIMER_TIMERAWL; }

void uart_received(void) {
  while (!(UART_FR & UART_FR_RXFE)) {
    uint8_t byte = (uint8_t)UART_DR;
    uint8_t head = ring.head;
    if ((uint8_t)(head + 1) == ring.tail) continue; /* full: the checksum will notice */
    ring.bytes[head] = byte;
    ring.came[head] = now();
    ring.head = (uint8_t)(head + 1);
  }
}

static void write_answer(const uint8_t *bytes, uint8_t length) {
  uint8_t taken = (uint8_t)((answers_head - answers_tail) % ANSWERS);
  if (length > ANSWERS - 1 - taken) return;
  for (uint8_t i = 0; i < length; i++) {
    answers[answers_head] = bytes[i];
    answers_head = (uint8_t)((answers_head + 1) % ANSWERS);
  }
}

static void send_answers(void) {
  while (answers_tail != answers_head && !(UART_FR & UART_FR_TXFF)) {
    UART_DR = answers[answers_tail];
    answers_tail = (uint8_t)((answers_tail + 1) % ANSWERS);
  }
}

static void take_bytes(struct tactus_board *to) {
  send_answers();
  while (ring.tail != ring.head) {
    uint8_t tail = ring.tail;
    tactus_board_receive(to, ring.bytes[tail], ring.came[tail]);
    ring.tail = (uint8_t)(tail + 1);
  }
}

static void send(void) {
  for (uint16_t i = 0; i < PIXELS; i++) {
    const uint8_t *p = rgb + 3 * i;
    while (PIO_FSTAT & PIO_FSTAT_TXFULL0) send_answers();
    PIO_TXF0 = ((uint32_t)p[1] << 24) | ((uint32_t)p[0] << 16) | ((uint32_t)p[2] << 8);
  }
  PIO_FDEBUG = PIO_FDEBUG_TXSTALL0;
  while (!(PIO_FDEBUG & PIO_FDEBUG_TXSTALL0)) send_answers();
}

static void begin_uart(void) {
  GPIO_CTRL(0) = FUNCTION_UART;
  GPIO_CTRL(1) = FUNCTION_UART;
  GPIO_PAD(1) = PAD_INPUT_PULLED_UP;
  uint32_t divisor = (CRYSTAL_HZ * 4u + BAUD / 2u) / BAUD; /* 1/64 */
  UART_IBRD = divisor >> 6;
  UART_FBRD = divisor & 63u;
  UART_LCR_H = 3u << 5; /* 8N1, without the FIFO: each byte interrupts, and has its time */
  UART_CR = (1u << 9) | (1u << 8) | 1u;
  UART_IMSC = 1u << 4;
  NVIC_ISER = 1u << UART0_IRQ;
}

/* One bit in 15 cycles of 83 ns: up for 4 (0.33 us) is a 0, for 9 (0.75 us) a 1. Side-set drives the pin. */
static void begin_strip(void) {
  static const uint16_t program[] = {
      0x6521, /* 0: out  x, 1    side 0 [5] */
      0x1323, /* 1: jmp  !x, 3   side 1 [3] */
      0x1400, /* 2: jmp  0       side 1 [4] */
      0xa442, /* 3: mov  y, y    side 0 [4] */
  };
  for (uint32_t i = 0; i < 4; i++) PIO_INSTR_MEM(i) = program[i];
  PIO_SM0_CLKDIV = 1u << 16;
  PIO_SM0_EXECCTRL = 3u << 12;                                /* wraps after 3 to 0 */
  PIO_SM0_SHIFTCTRL = (1u << 30) | (24u << 25) | (1u << 17);  /* both FIFOs for sending, 24 bits a word, highest first */
  PIO_SM0_PINCTRL = (1u << 29) | (1u << 26) | (STRIP_PIN << 10) | (STRIP_PIN << 5);
  PIO_SM0_INSTR = 0xe081;                                     /* set pindirs, 1 */
  GPIO_CTRL(STRIP_PIN) = FUNCTION_PIO0;
  PIO_CTRL = 1;
}

int main(void) {
  static const struct tactus_board_setup setup = {
      .kind = TACTUS_BOARD_RP2040,
      .rgb = rgb,
      .pixels = PIXELS,
      .brightness = BRIGHTNESS,
      .baud = BAUD,
      .now = now,
      .write = write_answer,
  };
  static struct tactus_strip_loop loop = {take_bytes, send, 500, PIXELS * 30u, 0};
  begin_strip();
  tactus_board_init(&board, &setup);
  begin_uart();
  for (;;) tactus_strip_loop_run(&loop, &board);
}
