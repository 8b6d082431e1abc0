"""Push: to one device, by the push service that it registered with."""
