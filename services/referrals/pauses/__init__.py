"""The clocks of a referral stand still while the person is in hospital or asks to wait, and run on."""
