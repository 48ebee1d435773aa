"""The national door: messages of the Booking and Referral Standard (BaRS, FHIR R4) in front of the same referrals."""
