package com.example.parcellockers.lockers.domain

data class Locker(
    val id: String,
    val address: String,
    val freeCompartments: Int,
) {
    val hasRoom: Boolean get() = freeCompartments > 0
}

@JvmInline
value class PostalCode private constructor(val digits: String) {
    companion object {
        fun parse(text: String): PostalCode? =
            text.takeIf { it.length == 5 && it.all(Char::isDigit) }?.let { PostalCode(it) }
    }
}
