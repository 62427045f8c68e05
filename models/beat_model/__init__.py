"""Music into a trained, quantized, streaming beat model."""
