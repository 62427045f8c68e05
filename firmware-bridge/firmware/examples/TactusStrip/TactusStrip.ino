// A WS2812 strip on pin 6 that follows the beats of a Tactus bridge. Put the folder "firmware" into Arduino/libraries first.
#include <TactusStrip.h>

const uint8_t PIN = 6;
const uint16_t PIXELS = 60;

uint8_t rgb[3 * PIXELS];

void setup() {
  tactus_strip_setup setup = {};
  setup.port = portOutputRegister(digitalPinToPort(PIN));
  setup.mask = digitalPinToBitMask(PIN);
  setup.rgb = rgb;
  setup.pixels = PIXELS;
  setup.brightness = 160;  // of 255: what the power supply can give
  setup.baud = 115200;
  tactus_strip_begin(&setup);
}

void loop() {
  tactus_strip_loop();
}
