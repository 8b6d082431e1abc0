"""When people were here, told by the gateways."""
