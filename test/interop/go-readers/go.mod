module go-readers

go 1.24.0

require (
	github.com/notaryproject/tspclient-go v1.0.0
	golang.org/x/crypto v0.38.0
	software.sslmate.com/src/go-pkcs12 v0.6.0
)
