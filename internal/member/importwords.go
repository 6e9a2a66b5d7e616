package member

import "strings"

// column is one of the columns that a file may have.
type column int

const (
	colCompany column = iota
	colRegion
	colSize
	colIndustry
	colCode
	colName
	colPhone
	colEmail
	colRole
	colLang
	colZone
	columnCount
)

// columnNames name the columns as faults do, which is also how our own files head them.
var columnNames = [columnCount]string{
	"company", "region", "size", "industry", "code", "name", "phone", "email", "role", "lang", "zone",
}

// headerWords are what the columns are called, in the form of headerWord.
var headerWords = wordsOf(map[column]string{
	colCompany: `company, company name, dealer, dealer company, partner, organization, компания, название компании,
		дилер, партнёр, партнер, организация, фирма, предприятие, компанія, назва компанії, організація, підприємство`,
	colRegion: `region, area, регион, область, регіон`,
	colSize:   `size, company size, размер, размер компании, розмір, розмір компанії`,
	colIndustry: `industry, sector, отрасль, сфера, сфера деятельности, вид деятельности, галузь, сфера діяльності,
		вид діяльності`,
	colCode: `code, company code, customer number, customer code, customer id, customer no, erp code, erp id, код, код компании,
		код клиента, номер клиента, код дилера, код контрагента, код erp, код компанії, код клієнта, номер клієнта,
		код партнёра, код партнера`,
	colName: `name, full name, person, employee, имя, фио, сотрудник, имя и фамилия, фамилия и имя, фамилия имя,
		фамилия имя отчество, імя, піб, працівник, співробітник, імя та прізвище, імя і прізвище, прізвище та імя,
		прізвище і імя, прізвище імя, прізвище імя по батькові`,
	colPhone: `phone, phone number, mobile, mobile phone, tel, telephone, телефон, тел, номер телефона, мобильный,
		мобильный телефон, моб телефон, номер телефону, мобільний, мобільний телефон`,
	colEmail: `email, email address, mail, почта, эл почта, электронная почта, адрес почты, пошта, ел пошта,
		електронна пошта, адреса пошти, емейл`,
	colRole: `role, роль`,
	colLang: `lang, language, язык, мова`,
	colZone: `zone, time zone, timezone, часовой пояс, часовий пояс`,
})

var roleWords = wordsOf(map[Role]string{
	RoleMember:    `member, staff, employee, сотрудник, продавец, участник, працівник, співробітник, продавець, учасник`,
	RolePrincipal: `principal, owner, partner, владелец, руководитель, партнёр, партнер, власник, керівник`,
	RoleMarketer:  `marketer, marketing, маркетолог`,
	RoleDesk:      `desk, supplier, поставщик, постачальник`,
	RoleAdmin:     `admin, administrator, администратор, адміністратор`,
})

var langWords = wordsOf(map[string]string{
	"en": `en, eng, english, английский, англійська`,
	"ru": `ru, rus, russian, рус, русский, російська`,
	"uk": `uk, ua, ukr, ukrainian, укр, украинский, українська`,
})

// wordsOf turns lists of words around.
func wordsOf[K comparable](lists map[K]string) map[string]K {
	meaning := map[string]K{}
	for k, list := range lists {
		for word := range strings.SplitSeq(list, ",") {
			meaning[headerWord(word)] = k
		}
	}
	return meaning
}
