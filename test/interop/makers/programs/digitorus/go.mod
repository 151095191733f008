module notarykit.test/digitorus

go 1.24

require github.com/digitorus/timestamp v0.0.0-20250524132541-c45532741eea

require github.com/digitorus/pkcs7 v0.0.0-20230713084857-e76b763bdc49 // indirect
